//! Reading: the study, the plan, and every result.

use super::difference::check_extension;
use super::{Batch, Store, at};
use crate::error::{Error, Result};
use crate::experiment::{Arm, Commit, Condition, Disturbance, Kind, Part, Results, Score, Shape, Trial};
use crate::intervention::{Displacement, Patch};
use crate::measure::{LayerNorms, PositionNorms, Quantity, Shift};
use crate::study::{Mode, Settings, Study};
use rusqlite::{Params, Row};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    pub(super) fn rows<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let run = || -> rusqlite::Result<Vec<T>> { self.connection.prepare(sql)?.query_map(params, read)?.collect() };
        run().map_err(|error| at(&self.path, &error))
    }

    pub(super) fn broken(&self, what: &str) -> Error {
        Error::Data(format!("{}: {what}", self.path.display()))
    }

    /// The study as it was run.
    ///
    /// # Errors
    /// [`Error::Data`] where the file does not hold a valid one.
    pub fn study(&self) -> Result<Study> {
        let toml = self.rows("SELECT toml FROM study", [], |row| row.get::<_, String>(0))?;
        let toml = toml.first().ok_or_else(|| self.broken("holds no study; its run ended before it began"))?;
        crate::study::parse(toml).map_err(|error| self.broken(&format!("its study: {error}")))
    }

    /// Whether a study was written into this file: whether its run got beyond its very first steps.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn has_study(&self) -> Result<bool> {
        Ok(!self.rows("SELECT id FROM study", [], |_| Ok(()))?.is_empty())
    }

    /// Checks that a run with `provenance` may add to this file: the model's files and the file of given directions have
    /// to be the same.
    ///
    /// # Errors
    /// [`Error::Data`] that names the file that differs.
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
    /// [`Error::Usage`] that names the first setting that may not differ, and does.
    pub fn check_extension(&self, study: &Study) -> Result<()> {
        check_extension(&self.study()?, study)
    }

    /// The provenance, by key.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn provenance(&self) -> Result<BTreeMap<String, String>> {
        let rows = self.rows("SELECT key, value FROM provenance", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.into_iter().collect())
    }

    /// The conditions by id.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn conditions(&self) -> Result<BTreeMap<usize, Condition>> {
        let rows = self.rows(
            "SELECT id, experiment, mode, delta, seed, arm, layers, repairs, matching, coherence, pairing, rotation
             FROM conditions",
            [],
            |row| {
                let settings: [Option<String>; 4] = [row.get(8)?, row.get(9)?, row.get(10)?, row.get(11)?];
                let written = Written {
                    experiment: row.get(1)?,
                    mode: row.get(2)?,
                    delta: row.get(3)?,
                    seed: row.get(4)?,
                    arm: row.get(5)?,
                    layers: row.get(6)?,
                    repairs: row.get(7)?,
                    settings,
                };
                Ok((row.get(0)?, written))
            },
        )?;
        rows.into_iter().map(|(id, written)| Ok((id, self.condition(id, written)?))).collect()
    }

    fn condition(&self, id: usize, written: Written) -> Result<Condition> {
        let broken = |what: String| self.broken(&format!("condition {id} {what}"));
        let experiment = self.kind(&written.experiment)?;
        if written.mode == "clean" {
            return Ok(Condition { experiment, disturbance: None, arm: Arm::default() });
        }
        let mode: Mode =
            written.mode.parse().map_err(|_| broken(format!("has the unknown mode \"{}\"", written.mode)))?;
        let (Some(delta), Some(seed)) = (written.delta, written.seed) else {
            return Err(broken("has no δ or no seed".to_owned()));
        };
        let seed = u64::try_from(seed).map_err(|_| broken("has a negative seed".to_owned()))?;
        let layers = self.list(&written.layers)?;
        let repairs: Vec<String> = self.list(&written.repairs)?;
        let patches = repairs.iter().map(|text| text.parse().map_err(|error| broken(format!("repairs {error}"))));
        let patches = patches.collect::<Result<Vec<Patch>>>()?;
        let settings = match &written.settings {
            [Some(matching), Some(coherence), Some(pairing), Some(rotation)] => {
                let unknown = || broken("has settings that are not known".to_owned());
                Some(Settings::from_words([matching, coherence, pairing, rotation]).ok_or_else(unknown)?)
            }
            _ => None,
        };
        let arm = Arm { name: written.arm, layers, patches, settings };
        Ok(Condition { experiment, disturbance: Some(Disturbance { mode, delta, seed }), arm })
    }

    /// A list as the file keeps it.
    pub(super) fn list<T: serde::de::DeserializeOwned>(&self, text: &str) -> Result<Vec<T>> {
        serde_json::from_str(text).map_err(|_| self.broken("a list in it is broken"))
    }

    /// Whether every trial of its study is in, those of conditions that earlier ones decide among them.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn is_finished(&self) -> Result<bool> {
        Ok(self.batches(true)?.is_empty() && self.shapes()?.values().all(|shape| shape.later == 0))
    }

    /// How many trials the study has in all.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn planned(&self) -> Result<usize> {
        let batches: usize = self.batches(false)?.iter().map(|batch| batch.items.len() * batch.conditions.len()).sum();
        Ok(batches + self.shapes()?.values().map(|shape| shape.later).sum::<usize>())
    }

    fn shapes(&self) -> Result<BTreeMap<Kind, Shape>> {
        let rows = self.rows("SELECT experiment, layers, read_layers, heads, later FROM experiments", [], |row| {
            let words: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
            Ok((words, row.get(3)?, row.get(4)?))
        })?;
        let parse = |([kind, layers, read_layers], heads, later): ([String; 3], usize, usize)| {
            let (layers, read_layers) = (self.list(&layers)?, self.list(&read_layers)?);
            Ok((self.kind(&kind)?, Shape { layers, read_layers, heads, later }))
        };
        rows.into_iter().map(parse).collect()
    }

    fn kind(&self, name: &str) -> Result<Kind> {
        Kind::from_name(name).ok_or_else(|| self.broken(&format!("unknown experiment \"{name}\"")))
    }

    /// The batches that are planned: all, or those that are not done.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn batches(&self, pending_only: bool) -> Result<Vec<Batch>> {
        let sql = "SELECT id, experiment, items, conditions FROM batches WHERE done <= ? ORDER BY id";
        let read = |row: &Row<'_>| -> rusqlite::Result<(usize, String, String, String)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let rows = self.rows(sql, [i32::from(!pending_only)], read)?;
        let parse = |(id, experiment, items, conditions): (usize, String, String, String)| {
            let (items, conditions) = (self.list(&items)?, self.list(&conditions)?);
            Ok(Batch { id, experiment: self.kind(&experiment)?, items, conditions })
        };
        rows.into_iter().map(parse).collect()
    }

    /// The norms of each layer's output; empty before they are measured.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn norms(&self) -> Result<Vec<LayerNorms>> {
        self.rows("SELECT median, p05, p95, first_median FROM layer_norms ORDER BY layer", [], |row| {
            Ok(LayerNorms { median: row.get(0)?, p05: row.get(1)?, p95: row.get(2)?, first_median: row.get(3)? })
        })
    }

    /// Everything that summaries are made of.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn results(&self) -> Result<Results> {
        let mut results = Results::new(self.study()?, self.conditions()?, self.planned()?);
        results.norms = self.norms()?;
        results.vocabulary = self.provenance()?.get("model_vocabulary").and_then(|count| count.parse().ok());
        results.position_norms =
            self.rows("SELECT layer, position, texts, mean FROM position_norms ORDER BY layer, position", [], |row| {
                let (layer, position, texts) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(PositionNorms { layer, position, texts, mean: row.get(3)? })
            })?;
        results.shapes = self.shapes()?;
        let mut readings = self.readings(&results)?;
        let trials = self.rows("SELECT condition, item, value, good_score, bad_score FROM trials", [], |row| {
            let sentences = row.get::<_, Option<f64>>(3)?.zip(row.get(4)?);
            let score = Score { value: row.get(2)?, sentences };
            let (condition, item) = (row.get(0)?, row.get(1)?);
            let readings = readings.remove(&(condition, item)).unwrap_or_default();
            Ok(Trial { condition, item, score, readings })
        })?;
        let mut commit = Commit { trials, ..Commit::default() };
        let displacements = self.rows(
            "SELECT condition, layer, part, tokens, asked, sum, sum_of_squares, min, max, unattainable, flipped
             FROM displacements ORDER BY condition, layer, part, batch",
            [],
            |row| {
                let displacement = Displacement {
                    tokens: row.get(3)?,
                    asked: row.get(4)?,
                    sum: row.get(5)?,
                    sum_of_squares: row.get(6)?,
                    min: row.get(7)?,
                    max: row.get(8)?,
                    unattainable: row.get(9)?,
                    flipped: row.get(10)?,
                };
                Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, displacement))
            },
        )?;
        for (condition, layer, part, displacement) in displacements {
            commit.displacements.entry((condition, layer, self.part(&part)?)).or_default().merge(&displacement);
        }
        let shifts = self.rows(
            "SELECT condition, part, tokens, distance, distance_squares, angle, angle_squares
             FROM shifts ORDER BY condition, part, batch",
            [],
            |row| {
                let shift = Shift {
                    tokens: row.get(2)?,
                    distance: row.get(3)?,
                    distance_squares: row.get(4)?,
                    angle: row.get(5)?,
                    angle_squares: row.get(6)?,
                };
                Ok((row.get(0)?, row.get::<_, String>(1)?, shift))
            },
        )?;
        for (condition, part, shift) in shifts {
            commit.shifts.entry((condition, self.part(&part)?)).or_default().merge(&shift);
        }
        if let Some(trial) = commit.trials.iter().find(|trial| trial.item > MOST_ITEMS) {
            return Err(self.broken(&format!("a trial names item {}", trial.item)));
        }
        results.add(&commit);
        Ok(results)
    }

    /// What was read; as many numbers each as the experiment reads layers and heads.
    fn readings(&self, results: &Results) -> Result<ReadingsOf> {
        let rows = self.rows("SELECT condition, item, quantity, \"values\" FROM readings", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
        })?;
        let mut readings = ReadingsOf::new();
        for (condition, item, quantity, values) in rows {
            let quantity = Quantity::from_name(&quantity)
                .ok_or_else(|| self.broken(&format!("unknown quantity \"{quantity}\"")))?;
            let values: Vec<f32> = self.list(&values)?;
            let shape = results.conditions.get(&condition).and_then(|c| results.shapes.get(&c.experiment));
            if shape.is_none_or(|shape| shape.read_layers.len().checked_mul(shape.heads) != Some(values.len())) {
                return Err(self.broken(&format!("the readings of condition {condition}, item {item}, have gaps")));
            }
            readings.entry((condition, item)).or_default().push((quantity, values));
        }
        Ok(readings)
    }

    fn part(&self, name: &str) -> Result<Part> {
        Part::from_name(name).ok_or_else(|| self.broken(&format!("unknown part \"{name}\" of a sequence")))
    }

    /// The texts by id.
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn texts(&self) -> Result<BTreeMap<usize, String>> {
        let rows = self.rows("SELECT id, text FROM texts", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.into_iter().collect())
    }

    /// The pairs by id as (paradigm, pair id, good, bad).
    ///
    /// # Errors
    /// [`Error::Data`] where the file is broken.
    pub fn pairs(&self) -> Result<BTreeMap<usize, [String; 4]>> {
        let rows = self.rows("SELECT id, paradigm, pair_id, good, bad FROM pairs", [], |row| {
            Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))
        })?;
        Ok(rows.into_iter().collect())
    }
}

/// Items that a file can sensibly hold: a bound on memory for files that are broken.
const MOST_ITEMS: usize = 100_000_000;

/// What was read, by condition and item.
type ReadingsOf = BTreeMap<(usize, usize), Vec<(Quantity, Vec<f32>)>>;

/// A condition as the file has it.
struct Written {
    experiment: String,
    mode: String,
    delta: Option<f64>,
    seed: Option<i64>,
    arm: String,
    layers: String,
    repairs: String,
    settings: [Option<String>; 4],
}
