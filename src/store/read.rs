//! Reading: the study, the plan, and every result.

use super::difference::check_extension;
use super::{Batch, Store, at};
use crate::error::{Error, Result};
use crate::experiment::{Commit, Condition, Disturbance, Kind, Results, Score, Trial};
use crate::intervention::Displacement;
use crate::measure::LayerNorms;
use crate::study::{Mode, Study};
use rusqlite::{Params, Row};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    fn rows<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let run = || -> rusqlite::Result<Vec<T>> { self.connection.prepare(sql)?.query_map(params, read)?.collect() };
        run().map_err(|error| at(&self.path, &error))
    }

    fn broken(&self, what: &str) -> Error {
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

    /// Checks that a run with `provenance` may add to this file: the model's files have to be the same.
    ///
    /// # Errors
    /// [`Error::Data`] that names the file that differs.
    pub fn check_provenance(&self, provenance: &[(String, String)]) -> Result<()> {
        let was = self.provenance()?;
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
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        let rows = self.rows("SELECT id, experiment, mode, delta, seed FROM conditions", [], read)?;
        let parse = |(id, experiment, mode, delta, seed): (usize, String, String, Option<f64>, Option<i64>)| {
            let experiment = self.kind(&experiment)?;
            let mode = match mode.as_str() {
                "clean" => return Ok((id, Condition { experiment, disturbance: None })),
                "magnitude" => Mode::Magnitude,
                "angular" => Mode::Angular,
                "isotropic" => Mode::Isotropic,
                other => return Err(self.broken(&format!("condition {id} has the unknown mode \"{other}\""))),
            };
            let (Some(delta), Some(seed)) = (delta, seed) else {
                return Err(self.broken(&format!("condition {id} has no δ or no seed")));
            };
            let seed = u64::try_from(seed).map_err(|_| self.broken("a seed is negative"))?;
            let disturbance = Some(Disturbance { mode, delta, seed });
            Ok((id, Condition { experiment, disturbance }))
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
        let ids =
            |text: &str| serde_json::from_str::<Vec<usize>>(text).map_err(|_| self.broken("a batch's list is broken"));
        let parse = |(id, experiment, items, conditions): (usize, String, String, String)| {
            Ok(Batch { id, experiment: self.kind(&experiment)?, items: ids(&items)?, conditions: ids(&conditions)? })
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
        let planned = self.batches(false)?.iter().map(|batch| batch.items.len() * batch.conditions.len()).sum();
        let mut results = Results::new(self.study()?, self.conditions()?, planned);
        results.norms = self.norms()?;
        let layers = self.rows("SELECT DISTINCT experiment, layers FROM conditions", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        for (experiment, layers) in layers {
            let layers = serde_json::from_str(&layers).map_err(|_| self.broken("a list of layers is broken"))?;
            results.layers.insert(self.kind(&experiment)?, layers);
        }
        let trials = self.rows("SELECT condition, item, value, good_score, bad_score FROM trials", [], |row| {
            let sentences = row.get::<_, Option<f64>>(3)?.zip(row.get(4)?);
            let score = Score { value: row.get(2)?, sentences };
            Ok(Trial { condition: row.get(0)?, item: row.get(1)?, score })
        })?;
        let displacements = self.rows(
            "SELECT condition, layer, tokens, asked, sum, sum_of_squares, min, max, unattainable, flipped
             FROM displacements ORDER BY condition, layer, batch",
            [],
            |row| {
                let displacement = Displacement {
                    tokens: row.get(2)?,
                    asked: row.get(3)?,
                    sum: row.get(4)?,
                    sum_of_squares: row.get(5)?,
                    min: row.get(6)?,
                    max: row.get(7)?,
                    unattainable: row.get(8)?,
                    flipped: row.get(9)?,
                };
                Ok((row.get(0)?, row.get(1)?, displacement))
            },
        )?;
        if let Some(trial) = trials.iter().find(|trial| trial.item > MOST_ITEMS) {
            return Err(self.broken(&format!("a trial names item {}", trial.item)));
        }
        results.add(&Commit { trials, displacements });
        Ok(results)
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
