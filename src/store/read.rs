//! Reading: the study, where it came from, and the plan.

use super::bounds::MOST_LAYERS;
use super::cells::{Cells, LARGEST, list};
use super::difference::check_extension;
use super::{Batch, Store, log};
use crate::error::Result;
use crate::experiment::{Arm, Condition, Disturbance, Kind, Pass, Shape};
use crate::intervention::Patch;
use crate::measure::LayerNorms;
use crate::study::{Mode, Settings, Study};
use rusqlite::Params;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// The study as it was run.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file does not hold a valid one.
    pub fn study(&self) -> Result<Study> {
        crate::study::parse(&self.study_toml()?).map_err(|error| self.broken(&format!("its study: {error}")))
    }

    /// The study as the file has it: TOML with every setting spelled out.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file holds none.
    pub fn study_toml(&self) -> Result<String> {
        let toml = self.rows(("study", 0), "SELECT toml FROM study", [], |row| Ok(row.text(0)?.to_owned()))?;
        toml.into_iter().next().ok_or_else(|| self.broken("holds no study; its run ended before it began"))
    }

    /// Whether a study was written into this file: whether its run got beyond its very first steps.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn has_study(&self) -> Result<bool> {
        Ok(!self.rows(("study", 0), "SELECT id FROM study", [], |_| Ok(()))?.is_empty())
    }

    /// Checks that a run with `provenance` may add to this file: the model's files and the file of given directions have
    /// to be the same.
    ///
    /// # Errors
    /// [`crate::Error::data`] that names the file that differs.
    pub fn check_provenance(&self, provenance: &[(String, String)]) -> Result<()> {
        let was = self.provenance()?;
        let direction = "direction_sha256";
        let is = provenance.iter().find(|(key, _)| key == direction).map(|(_, hash)| hash);
        if was.get(direction) != is {
            return Err(self.broken("was begun with another direction: the contents of perturbation.direction differ"));
        }
        let of_model = |(key, value): (&String, &String)| key.starts_with("sha256 ").then(|| value.clone());
        let was: BTreeSet<String> = was.iter().filter_map(of_model).collect();
        let is: BTreeSet<String> = provenance.iter().filter_map(|(key, value)| of_model((key, value))).collect();
        if was == is {
            return Ok(());
        }
        let changed = provenance.iter().filter(|(key, hash)| key.starts_with("sha256 ") && !was.contains(hash));
        let names: Vec<&str> = changed.map(|(key, _)| key.trim_start_matches("sha256 ")).collect();
        Err(self.broken(&format!("was begun with another model: it did not have this {}", names.join(", "))))
    }

    /// Checks that `study` may extend this file.
    ///
    /// # Errors
    /// [`crate::Error::usage`] that names the first setting that may not differ, and does.
    pub fn check_extension(&self, study: &Study) -> Result<()> {
        check_extension(&self.study()?, study)
    }

    /// The provenance, by key.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn provenance(&self) -> Result<BTreeMap<String, String>> {
        let read = |row: &Cells<'_>| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
        let sql = "SELECT key, value FROM provenance WHERE key <> ?";
        Ok(self.rows(("provenance", 1), sql, [log::KEY], read)?.into_iter().collect())
    }

    /// The conditions by id.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn conditions(&self) -> Result<BTreeMap<usize, Condition>> {
        self.at_once(|| {
            let (end, layers, names) = (self.count("conditions")?, self.layers()?, self.names()?);
            let sql = "SELECT id, experiment, mode, delta, seed, arm, layers, repairs, matching, coherence, pairing,
                              rotation
                       FROM conditions ORDER BY id";
            let mut conditions = BTreeMap::new();
            self.each(("conditions", 1), sql, [], |row| {
                conditions.insert(row.below(0, end)?, condition(row, layers, names)?);
                Ok(())
            })?;
            Ok(conditions)
        })
    }

    /// How the file has its arms.
    pub(super) fn names(&self) -> Result<Names> {
        Ok(if self.version()? < 4 { Names::Words } else { Names::Json })
    }

    /// One more than the last layer that the model may have.
    pub(super) fn layers(&self) -> Result<usize> {
        // Before they are measured nothing says how many there are.
        Ok(match self.count("layer_norms")? {
            0 => MOST_LAYERS,
            layers => layers,
        })
    }

    /// Whether every trial of its study is in, those of conditions that earlier ones decide among them.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn is_finished(&self) -> Result<bool> {
        self.at_once(|| {
            let mut all_done = true;
            self.each_batch(|_, done| {
                all_done &= done;
                Ok(())
            })?;
            Ok(all_done && self.shapes()?.values().all(|shape| shape.later == 0))
        })
    }

    /// How many trials the study has in all.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn planned(&self) -> Result<usize> {
        self.at_once(|| {
            let mut sizes = Vec::new();
            self.each_batch(|batch, _| {
                sizes.push(batch.size());
                Ok(())
            })?;
            Ok(planned(sizes.into_iter(), &self.shapes()?))
        })
    }

    /// What holds for all conditions of each experiment.
    pub(super) fn shapes(&self) -> Result<BTreeMap<Kind, Shape>> {
        let (layers, [texts, pairs]) = (self.layers()?, [self.count("texts")?, self.count("pairs")?]);
        let sql = "SELECT experiment, layers, read_layers, heads, later FROM experiments";
        let rows = self.rows(("experiments", 1), sql, [], |row| {
            let kind = kind(row, 0)?;
            let items = if kind.is_of_pairs() { pairs } else { texts };
            let heads = row.below(3, MOST_HEADS)?;
            if heads == 0 {
                return Err(row.wrong(3, "at least 1"));
            }
            let later = row.below(4, 1 + items.saturating_mul(MOST_CONDITIONS))?;
            let (layers, read_layers) = (row.ids(1, layers, true)?, row.ids(2, layers, true)?);
            if read_layers.len().saturating_mul(heads) > MOST_HEADS_READ {
                return Err(row.wrong(3, format!("at most {MOST_HEADS_READ} heads in all layers that are read")));
            }
            Ok((kind, Shape { layers, read_layers, heads, later }))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// The next batches that are not done, from the id `first` on: a thousand at most, for there may be half a million.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn pending(&self, first: usize) -> Result<Vec<Batch>> {
        let mut list = Vec::new();
        self.batches_where("done = 0 AND id >= ? ORDER BY id LIMIT 1000", [first], |batch, _| {
            list.push(batch);
            Ok(())
        })?;
        Ok(list)
    }

    /// Gives each batch that is planned to `take`, in their order, and whether it is done.
    ///
    /// # Errors
    /// What `take` returns; [`crate::Error::data`] where the file is broken.
    pub fn each_batch(&self, take: impl FnMut(Batch, bool) -> Result<()>) -> Result<()> {
        self.batches_where("TRUE ORDER BY id", [], take)
    }

    /// The batches, and whether each is done.
    pub(super) fn marked_batches(&self) -> Result<Vec<(Batch, bool)>> {
        let mut list = Vec::new();
        self.each_batch(|batch, done| {
            list.push((batch, done));
            Ok(())
        })?;
        Ok(list)
    }

    fn batches_where(
        &self,
        which: &str,
        params: impl Params,
        mut take: impl FnMut(Batch, bool) -> Result<()>,
    ) -> Result<()> {
        self.at_once(|| {
            let (end, texts, pairs) = (self.count("batches")?, self.count("texts")?, self.count("pairs")?);
            let conditions = self.experiments_of_conditions()?;
            let sql = format!("SELECT id, experiment, items, conditions, done FROM batches WHERE {which}");
            self.each(("batches", 1), &sql, params, |row| {
                let (id, experiment) = (row.below(0, end)?, kind(row, 1)?);
                let items = row.ids(2, if experiment.is_of_pairs() { pairs } else { texts }, false)?;
                let of_it = row.ids(3, conditions.len(), false)?;
                if of_it.iter().any(|id| conditions[*id] != experiment) {
                    return Err(row.wrong(3, format!("conditions of the experiment {experiment}")));
                }
                let done = row.below(4, 2)? == 1;
                take(Batch { id, experiment, items, conditions: of_it }, done)
            })
        })
    }

    /// The experiment of each condition, by id.
    fn experiments_of_conditions(&self) -> Result<Vec<Kind>> {
        self.count("conditions")?;
        let sql = "SELECT experiment FROM conditions ORDER BY id";
        self.rows(("conditions", 0), sql, [], |row| kind(row, 0))
    }

    /// The norms of each layer's output; empty before they are measured.
    ///
    /// # Errors
    /// [`crate::Error::data`] where the file is broken.
    pub fn norms(&self) -> Result<Vec<LayerNorms>> {
        self.count("layer_norms")?;
        let sql = "SELECT layer, median, p05, p95, first_median FROM layer_norms ORDER BY layer";
        self.rows(("layer_norms", 1), sql, [], |row| {
            let norm = |at| row.size(at, LARGEST);
            Ok(LayerNorms { median: norm(1)?, p05: norm(2)?, p95: norm(3)?, first_median: norm(4)? })
        })
    }
}

/// How a study file has its arms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// By their names in words, as before version 4 of the schema.
    Words,
    /// As JSON.
    Json,
}

impl Names {
    /// What the file has for `arm`.
    pub fn written(self, arm: Arm) -> String {
        match self {
            Self::Words => arm.to_string(),
            Self::Json => serde_json::to_string(&arm).unwrap_or_default(),
        }
    }
}

/// The experiment that the column `at` names.
fn kind(row: &Cells<'_>, at: usize) -> Result<Kind> {
    Kind::from_name(row.text(at)?).ok_or_else(|| row.wrong(at, "the name of an experiment"))
}

fn condition(row: &Cells<'_>, layers: usize, names: Names) -> Result<Condition> {
    let experiment = kind(row, 1)?;
    let mode = row.text(2)?;
    if mode == "clean" {
        return Ok(Condition { experiment, disturbance: None, arm: Arm::Plain, pass: Pass::default() });
    }
    let mode: Mode = mode.parse().map_err(|_| row.wrong(2, "the name of a mode"))?;
    let delta = row.size(3, LARGEST)?;
    let seed = row.count(4, i64::MAX.unsigned_abs())?;
    let patches = patches(row, 7, layers)?;
    let words = [8, 9, 10, 11].map(|at| row.maybe(at, Cells::text));
    let settings = match words {
        [Ok(None), Ok(None), Ok(None), Ok(None)] => None,
        [Ok(Some(matching)), Ok(Some(coherence)), Ok(Some(pairing)), Ok(Some(rotation))] => {
            let settings = Settings::from_words([matching, coherence, pairing, rotation]);
            Some(settings.ok_or_else(|| row.wrong(8, "matching, coherence, pairing and rotation of a protocol"))?)
        }
        _ => return Err(row.wrong(8, "matching, coherence, pairing and rotation, all of them or none")),
    };
    let arm = match names {
        Names::Words => Arm::from_name(row.text(5)?),
        Names::Json => serde_json::from_str(row.text(5)?).ok(),
    };
    let arm =
        arm.filter(|arm: &Arm| arm.is_of(experiment)).ok_or_else(|| row.wrong(5, format!("an arm of {experiment}")))?;
    let pass = Pass { layers: row.ids(6, layers, true)?, patches, settings };
    Ok(Condition { experiment, disturbance: Some(Disturbance { mode, delta, seed }), arm, pass })
}

/// The repairs that the column `at` lists, each once.
fn patches(row: &Cells<'_>, at: usize, layers: usize) -> Result<Vec<Patch>> {
    let text = row.text(at)?;
    let mut patches: Vec<MaybePatch> =
        list(text, MOST_LAYERS * MOST_HEADS).ok_or_else(|| row.wrong(at, "a JSON list of repairs"))?;
    let sound = |patch: &Patch| patch.layer() < layers && patch.head().is_none_or(|head| head < MOST_HEADS);
    let sound: Option<Vec<Patch>> = patches.drain(..).map(|MaybePatch(patch)| patch.filter(sound)).collect();
    let mut patches = sound.ok_or_else(|| row.wrong(at, format!("repairs as SITE.LAYER, layers below {layers}")))?;
    patches.shrink_to_fit(); // there may be thousands of them
    let mut ascending = patches.clone();
    ascending.sort_unstable();
    if ascending.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(row.wrong(at, "repairs, each once"));
    }
    Ok(patches)
}

/// A repair by its name; none where that is none.
struct MaybePatch(Option<Patch>);

impl<'de> Deserialize<'de> for MaybePatch {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> std::result::Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(reader)?;
        Ok(Self(name.parse().ok()))
    }
}

/// How many trials a study with batches of these `sizes` has in all.
pub(super) fn planned(sizes: impl Iterator<Item = usize>, shapes: &BTreeMap<Kind, Shape>) -> usize {
    sizes.chain(shapes.values().map(|shape| shape.later)).fold(0, usize::saturating_add)
}

/// More attention heads in a layer than any model has.
const MOST_HEADS: usize = 1000;

/// More attention heads than any model has: the largest have about 16,000.
const MOST_HEADS_READ: usize = 20_000;

/// More conditions than any study has.
const MOST_CONDITIONS: usize = 10_000_000;
