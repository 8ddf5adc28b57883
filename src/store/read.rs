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
        crate::study::parse(&self.study_toml()?).map_err(|error| self.broken(&format!("its study: {error}")))
    }

    /// The study as the file has it: TOML with every setting spelled out.
    ///
    /// # Errors
    /// [`Error::Data`] where the file holds none.
    pub fn study_toml(&self) -> Result<String> {
        let toml = self.rows("SELECT toml FROM study", [], |row| row.get(0))?;
        toml.into_iter().next().ok_or_else(|| self.broken("holds no study; its run ended before it began"))
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
        results.take(commit);
        Ok(results)
    }

    /// What was read; as many numbers each as the experiment reads layers and heads.
    fn readings(&self, results: &Results) -> Result<ReadingsOf> {
        let mut readings = ReadingsOf::new();
        self.each_reading(|condition, item, quantity, values| {
            let quantity = Quantity::from_name(quantity)
                .ok_or_else(|| self.broken(&format!("unknown quantity \"{quantity}\"")))?;
            let values = values.ok_or_else(|| self.broken("a list in it is broken"))?;
            let shape = results.conditions.get(&condition).and_then(|c| results.shapes.get(&c.experiment));
            if shape.is_none_or(|shape| shape.read_layers.len().checked_mul(shape.heads) != Some(values.len())) {
                return Err(self.broken(&format!("the readings of condition {condition}, item {item}, have gaps")));
            }
            readings.entry((condition, item)).or_default().push((quantity, values));
            Ok(())
        })?;
        Ok(readings)
    }

    /// Goes through what was read. Most of what a study file holds are these numbers: they are parsed on all threads
    /// while further rows are read.
    fn each_reading(&self, mut take: impl FnMut(usize, usize, &str, Option<Vec<f32>>) -> Result<()>) -> Result<()> {
        const AT_A_TIME: usize = 32;
        let failed = |error| at(&self.path, &error);
        let sql = "SELECT condition, item, quantity, \"values\" FROM readings";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let read = |row: &Row<'_>| -> rusqlite::Result<(usize, usize, String, String)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let mut rows = statement.query_map([], read).map_err(failed)?;
        let (tell, parsed) = std::sync::mpsc::channel();
        rayon::in_place_scope(|scope| {
            for number in 0_usize.. {
                let some: Vec<_> = rows.by_ref().take(AT_A_TIME).collect::<rusqlite::Result<_>>().map_err(failed)?;
                if some.is_empty() {
                    break;
                }
                let tell = tell.clone();
                scope.spawn(move |_| {
                    let parse = |(condition, item, quantity, values): (usize, usize, String, String)| {
                        (condition, item, quantity, numbers(&values))
                    };
                    let _ = tell.send((number, some.into_iter().map(parse).collect::<Vec<_>>()));
                });
            }
            Ok::<_, Error>(())
        })?;
        drop(tell);
        let mut parts: Vec<_> = parsed.into_iter().collect();
        parts.sort_unstable_by_key(|(number, _)| *number);
        for (condition, item, quantity, values) in parts.into_iter().flat_map(|(_, part)| part) {
            take(condition, item, &quantity, values)?;
        }
        Ok(())
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

/// The numbers of a JSON list; none where it is not one.
fn numbers(list: &str) -> Option<Vec<f32>> {
    let inside = list.trim().strip_prefix('[')?.strip_suffix(']')?;
    if inside.trim().is_empty() {
        return Some(Vec::new());
    }
    let mut list = Vec::with_capacity(1 + inside.bytes().filter(|byte| *byte == b',').count());
    for text in inside.split(',') {
        // What JSON does not know is not finite either.
        let any = || text.trim().parse().ok().filter(|number: &f32| number.is_finite());
        list.push(plain_number(text).or_else(any)?);
    }
    Some(list)
}

/// A number in at most 15 characters, without an exponent: one rounded division, which is many times quicker than what reads
/// every form. None of another form.
#[expect(clippy::cast_possible_truncation, reason = "numbers are kept in single precision")]
fn plain_number(text: &str) -> Option<f32> {
    const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.len() > 15 || !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (mut value, mut point) = (0_u64, None);
    for (at, byte) in digits.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => value = 10 * value + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - at - 1);
    // Both are exact in double precision.
    let size = (value as f64 / POWERS.get(decimals)?) as f32;
    Some(if negative { -size } else { size })
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

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_are_read_back_as_they_were_written() {
        let mut written: Vec<f32> = vec![0.0, -0.0, 1.0, -2.5, 1e-7, 3.4e38, f32::MIN_POSITIVE, 16_777_216.0, 0.1];
        written.extend((0..20_000).map(|i| (i as f32 * 0.618_034).sin() * 10f32.powi(i % 9 - 4)));
        let list = serde_json::to_string(&written).unwrap();
        let read = numbers(&list).unwrap();
        assert!(written.iter().zip(&read).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(read.len(), written.len());
        assert_eq!(numbers(" [ ] "), Some(Vec::new()));
        assert_eq!(numbers("[1, 2.5e1 ,-3]"), Some(vec![1.0, 25.0, -3.0]));
        for broken in ["", "[1", "[1,]", "[null]", "[NaN]", "[inf]", "[1.2.3]", "[1e99]"] {
            assert_eq!(numbers(broken), None, "{broken}");
        }
    }
}
