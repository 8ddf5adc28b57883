//! Writing: the plan before anything runs, then batch by batch.

use super::cells::LARGEST;
use super::numbers::bytes;
use super::{Batch, SCHEMA_VERSION, Store};
use crate::corpus::Pair;
use crate::error::{Error, Result};
use crate::experiment::{Commit, Condition, Kind, Shape};
use crate::measure::Norms;
use crate::study::{Study, to_toml};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;

/// A pair and the token ids of its good and bad sentence.
pub type TokenizedPair<'a> = (&'a Pair, &'a [u32], &'a [u32]);

impl Store {
    /// Writes the study, in place of the one that is there where it is another, and its provenance. Of the provenance what is there stays:
    /// it is that of the first trials. Another version of the program that goes on with them is added to it.
    ///
    /// # Errors
    /// [`Error::output`] where the file cannot be written.
    pub fn set_study(&mut self, study: &Study, provenance: &[(String, String)]) -> Result<()> {
        self.transaction(|t| {
            let toml = to_toml(study);
            let there: Option<String> = t.query_row("SELECT toml FROM study", [], |row| row.get(0)).optional()?;
            if there.as_ref() != Some(&toml) {
                t.execute("INSERT OR REPLACE INTO study (id, toml) VALUES (1, ?)", [toml])?;
            }
            let mut select = t.prepare("SELECT value FROM provenance WHERE key = ?")?;
            let mut insert = t.prepare("INSERT OR IGNORE INTO provenance (key, value) VALUES (?, ?)")?;
            for (key, value) in provenance {
                let there: Option<String> = select.query_row([key], |row| row.get(0)).optional()?;
                match there {
                    Some(there) if there != *value && may_change(key) => {
                        insert.execute([&format!("continued with {key} {value}"), value])?;
                    }
                    Some(_) => {}
                    None => {
                        insert.execute([key, value])?;
                    }
                }
            }
            insert.execute(["schema_version", &SCHEMA_VERSION.to_string()])?;
            Ok(())
        })
    }

    /// Adds the texts that the file does not have yet; `texts[i]` has the id i.
    ///
    /// # Errors
    /// [`Error::usage`] where the file holds another text under an id.
    pub fn add_texts(&mut self, texts: &[(&str, &[u32])]) -> Result<()> {
        let clash = self.transaction(|t| {
            let mut select = t.prepare("SELECT text, tokens FROM texts WHERE id = ?")?;
            let mut insert = t.prepare("INSERT INTO texts (id, text, tokens) VALUES (?, ?, ?)")?;
            for (id, (text, tokens)) in texts.iter().enumerate() {
                let there: Option<(String, String)> =
                    select.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
                match there {
                    Some((old, old_tokens)) if old != *text || old_tokens != json(tokens) => return Ok(Some(id)),
                    Some(_) => {}
                    None => {
                        insert.execute(params![id, text, json(tokens)])?;
                    }
                }
            }
            Ok(None)
        })?;
        match clash {
            Some(id) => Err(Error::usage(format!(
                "text {id} is not the one that {} was begun with; the texts or the tokenizer have changed",
                self.path().display()
            ))),
            None => Ok(()),
        }
    }

    /// Adds the pairs that the file does not have yet, and gives the ids of all of `pairs`.
    ///
    /// # Errors
    /// [`Error::usage`] where the file holds other sentences under a pair's name.
    pub fn add_pairs(&mut self, pairs: &[TokenizedPair]) -> Result<Vec<usize>> {
        let ids = self.transaction(|t| {
            let mut select =
                t.prepare("SELECT id, good_tokens, bad_tokens FROM pairs WHERE paradigm = ? AND pair_id = ?")?;
            let mut insert = t.prepare(
                "INSERT INTO pairs (id, paradigm, pair_id, good, bad, good_tokens, bad_tokens)
                 VALUES ((SELECT COALESCE(MAX(id) + 1, 0) FROM pairs), ?, ?, ?, ?, ?, ?)",
            )?;
            let mut ids = Vec::with_capacity(pairs.len());
            for (pair, good, bad) in pairs {
                let there: Option<(usize, String, String)> = select
                    .query_row([&pair.paradigm, &pair.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                    .optional()?;
                match there {
                    Some((id, g, b)) if g == json(good) && b == json(bad) => ids.push(id),
                    Some(_) => return Ok(Err(format!("{} {}", pair.paradigm, pair.id))),
                    None => {
                        let values = params![pair.paradigm, pair.id, pair.good, pair.bad, json(good), json(bad)];
                        insert.execute(values)?;
                        let id = t.last_insert_rowid();
                        ids.push(usize::try_from(id).unwrap_or_default());
                    }
                }
            }
            Ok(Ok(ids))
        })?;
        ids.map_err(|name| {
            Error::usage(format!("pair {name} is not the one that {} was begun with", self.path().display()))
        })
    }

    /// Adds those of `conditions` that the file does not have yet, and gives the ids of all of them; `protocol` is what is
    /// printed beside them.
    ///
    /// # Errors
    /// [`Error::output`] where the file cannot be written.
    pub fn add_conditions(&mut self, conditions: &[Condition], protocol: &str) -> Result<Vec<usize>> {
        let (known, names) = (self.conditions()?, self.names()?);
        let there: BTreeMap<_, _> = known.iter().map(|(id, condition)| (condition.identity(), *id)).collect();
        self.transaction(|t| {
            let mut insert = t.prepare(
                "INSERT INTO conditions (id, experiment, mode, delta, seed, arm, layers, repairs, matching, coherence,
                                         pairing, rotation, protocol)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?;
            let mut next = known.keys().next_back().map_or(0, |last| last + 1);
            let mut ids = Vec::with_capacity(conditions.len());
            for condition in conditions {
                if let Some(id) = there.get(&condition.identity()) {
                    ids.push(*id);
                    continue;
                }
                let Condition { experiment, disturbance, arm, pass } = condition;
                let mode = disturbance.map_or("clean".to_owned(), |d| d.mode.to_string());
                let delta = disturbance.map(|d| d.delta);
                let seed = disturbance.and_then(|d| i64::try_from(d.seed).ok());
                let repairs: Vec<String> = pass.patches.iter().map(ToString::to_string).collect();
                let [matching, coherence, pairing, rotation] =
                    pass.settings.map_or([const { None }; 4], |settings| settings.words().map(Some));
                let (layers, repairs) = (json(&pass.layers), json(&repairs));
                insert.execute(params![
                    next,
                    experiment.name(),
                    mode,
                    delta,
                    seed,
                    names.written(*arm),
                    layers,
                    repairs,
                    matching,
                    coherence,
                    pairing,
                    rotation,
                    protocol
                ])?;
                ids.push(next);
                next += 1;
            }
            Ok(ids)
        })
    }

    /// Writes what holds for all conditions of each experiment, in place of what is there where that is something else.
    ///
    /// # Errors
    /// [`Error::output`] where the file cannot be written.
    pub fn set_shapes(&mut self, shapes: &[(Kind, Shape)]) -> Result<()> {
        let there = self.shapes()?;
        self.transaction(|t| {
            let mut insert = t.prepare("INSERT OR REPLACE INTO experiments VALUES (?, ?, ?, ?, ?)")?;
            for (kind, shape) in shapes.iter().filter(|(kind, shape)| there.get(kind) != Some(shape)) {
                let (layers, read_layers) = (json(&shape.layers), json(&shape.read_layers));
                insert.execute(params![kind.name(), layers, read_layers, shape.heads, shape.later])?;
            }
            Ok(())
        })
    }

    /// Appends batches to the plan; their ids are given here.
    ///
    /// # Errors
    /// [`Error::output`] where the file cannot be written.
    pub fn add_batches(&mut self, batches: &[Batch]) -> Result<()> {
        self.transaction(|t| {
            let next: usize = t.query_row("SELECT COALESCE(MAX(id) + 1, 0) FROM batches", [], |row| row.get(0))?;
            let mut insert =
                t.prepare("INSERT INTO batches (id, experiment, items, conditions) VALUES (?, ?, ?, ?)")?;
            for (i, batch) in batches.iter().enumerate() {
                let experiment = batch.experiment.to_string();
                insert.execute(params![next + i, experiment, json(&batch.items), json(&batch.conditions)])?;
            }
            Ok(())
        })
    }

    /// Writes the norms of each layer's output.
    ///
    /// # Errors
    /// [`Error::output`] where the file cannot be written.
    pub fn set_norms(&mut self, norms: &Norms) -> Result<()> {
        self.transaction(|t| {
            let mut insert = t.prepare("INSERT INTO layer_norms VALUES (?, ?, ?, ?, ?)")?;
            for (layer, norms) in norms.layers.iter().enumerate() {
                insert.execute(params![layer, norms.median, norms.p05, norms.p95, norms.first_median])?;
            }
            let mut insert = t.prepare("INSERT INTO position_norms VALUES (?, ?, ?, ?)")?;
            for norms in &norms.positions {
                insert.execute(params![norms.layer, norms.position, norms.texts, norms.mean])?;
            }
            Ok(())
        })
    }

    /// Writes what batch `id` found, run in `parts` parts for want of memory or in one, and that it is done: all of it, or,
    /// where the process is killed or the power fails, nothing.
    ///
    /// # Errors
    /// [`Error::data`] where a result is not a number; [`Error::output`] where the file cannot be written.
    pub fn commit(&mut self, id: usize, commit: &Commit, parts: usize) -> Result<()> {
        if let Some(what) = not_a_number(commit) {
            return Err(Error::data(format!("batch {id}: {what} is not a number to work with; nothing of it is kept")));
        }
        self.transaction(|t| {
            let mut insert = t.prepare_cached(
                "INSERT INTO trials (condition, item, value, good_score, bad_score) VALUES (?, ?, ?, ?, ?)",
            )?;
            for trial in &commit.trials {
                let (good, bad) = trial.score.sentences.unzip();
                insert.execute(params![trial.condition, trial.item, trial.score.value, good, bad])?;
            }
            let mut insert = t.prepare_cached("INSERT INTO readings VALUES (?, ?, ?, ?)")?;
            for trial in &commit.trials {
                for (quantity, values) in &trial.readings {
                    insert.execute(params![trial.condition, trial.item, quantity.name(), bytes(values)])?;
                }
            }
            let mut insert = t.prepare_cached("INSERT INTO shifts VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
            for ((condition, part), s) in commit.shifts.iter().filter(|(_, shift)| shift.tokens > 0) {
                let (distance, angle) = ([s.distance, s.distance_squares], [s.angle, s.angle_squares]);
                insert.execute(params![
                    condition,
                    part.name(),
                    id,
                    s.tokens,
                    distance[0],
                    distance[1],
                    angle[0],
                    angle[1]
                ])?;
            }
            let mut insert =
                t.prepare_cached("INSERT INTO displacements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
            for ((condition, layer, part), d) in commit.displacements.iter().filter(|(_, d)| d.tokens > 0) {
                insert.execute(params![
                    condition,
                    layer,
                    part.name(),
                    id,
                    d.tokens,
                    d.asked,
                    d.sum,
                    d.sum_of_squares,
                    d.min,
                    d.max,
                    d.unattainable,
                    d.flipped
                ])?;
            }
            if parts > 1 {
                let note = [format!("batch {id} ran in parts, for want of memory"), parts.to_string()];
                t.execute("INSERT INTO provenance (key, value) VALUES (?, ?)", note)?;
            }
            t.execute("UPDATE batches SET done = 1 WHERE id = ?", [id])?;
            Ok(())
        })?;
        self.save_if_due()
    }
}

/// What of a batch is not a number, or so large that no mean of it could be formed; none where all is well.
fn not_a_number(commit: &Commit) -> Option<String> {
    let sound = |number: f64| number.abs() <= LARGEST;
    for trial in &commit.trials {
        let of = |what: &str| format!("the {what} of condition {}, item {},", trial.condition, trial.item);
        let (good, bad) = trial.score.sentences.unzip();
        if ![Some(trial.score.value), good, bad].into_iter().flatten().all(sound) {
            return Some(of("result"));
        }
        let broken = |(_, values): &&(_, Vec<f32>)| !values.iter().all(|value| value.is_finite());
        if let Some((quantity, _)) = trial.readings.iter().find(broken) {
            return Some(of(quantity.name()));
        }
    }
    for ((condition, layer, _), d) in commit.displacements.iter().filter(|(_, d)| d.tokens > 0) {
        if ![d.asked, d.sum, d.sum_of_squares, d.min, d.max].iter().all(|number| number.is_finite()) {
            return Some(format!("the displacement of condition {condition} in layer {layer}"));
        }
    }
    for ((condition, _), s) in commit.shifts.iter().filter(|(_, s)| s.tokens > 0) {
        if ![s.distance, s.distance_squares, s.angle, s.angle_squares].iter().all(|number| number.is_finite()) {
            return Some(format!("the shift of the last layer under condition {condition}"));
        }
    }
    None
}

/// A list of ids as the file keeps it.
fn json<T: serde::Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

/// Whether a run may differ from the file's first one in `key`; what it differs in is kept beside the first value.
fn may_change(key: &str) -> bool {
    key.starts_with("program_") || ["device", "driver", "tf32"].contains(&key)
}
