//! The trials row by row, and what each column takes from a row.

use crate::error::{Error, Result};
use crate::experiment::{Condition, Results, Score};
use crate::store::Store;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// A column of the trials.
pub struct Column {
    /// What stands above it.
    pub name: &'static str,
    /// What it is, in a sentence; units among it.
    pub meaning: &'static str,
    /// What it takes from a row.
    pub of: Of,
}

/// What a column holds, and where it is found.
pub enum Of {
    /// Words.
    Text(for<'r> fn(&'r Row) -> Option<Cow<'r, str>>),
    /// Whole numbers of 64 bits.
    Whole(fn(&Row) -> Option<i64>),
    /// Floating-point numbers of 64 bits.
    Number(fn(&Row) -> Option<f64>),
}

impl Of {
    /// Its type, as the documentation has it.
    #[cfg(test)]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Whole(_) => "whole number",
            Self::Number(_) => "number",
        }
    }
}

/// Every column, in the order of every form.
pub const COLUMNS: [Column; 13] = [
    Column {
        name: "experiment",
        meaning: "the experiment (`sweep`, `syntax`, `entropy`, …)",
        of: Of::Text(|row| Some(row.condition.experiment.name().into())),
    },
    Column {
        name: "mode",
        meaning: "how the stream is disturbed (`clean`, `magnitude`, `angular`, `isotropic`, `blend 45`)",
        of: Of::Text(|row| {
            Some(row.condition.disturbance.map_or(Cow::Borrowed("clean"), |of| of.mode.to_string().into()))
        }),
    },
    Column {
        name: "delta",
        meaning: "how far, in the study's unit; none of the clean run",
        of: Of::Number(|row| Some(row.condition.disturbance?.delta)),
    },
    Column {
        name: "seed",
        meaning: "the seed of the noise; none of the clean run",
        of: Of::Whole(|row| i64::try_from(row.condition.disturbance?.seed).ok()),
    },
    Column {
        name: "arm",
        meaning: "the run's name in its experiment; none of the clean and the plain disturbed one",
        of: Of::Text(|row| Some(row.condition.arm.to_string().into())),
    },
    Column {
        name: "item",
        meaning: "the text's or the pair's `id` in the study file",
        of: Of::Whole(|row| i64::try_from(row.item).ok()),
    },
    Column { name: "text", meaning: "the text; none of pairs", of: Of::Text(|row| row.text.map(Cow::Borrowed)) },
    Column {
        name: "paradigm",
        meaning: "the pair's paradigm; none of texts",
        of: Of::Text(|row| Some(row.pair?[0].as_str().into())),
    },
    Column {
        name: "pair_id",
        meaning: "the pair's number in its paradigm; none of texts",
        of: Of::Text(|row| Some(row.pair?[1].as_str().into())),
    },
    Column {
        name: "loss",
        meaning: "mean next-token loss of the text, nats; none of pairs",
        of: Of::Number(|row| row.score.sentences.is_none().then_some(row.score.value)),
    },
    Column {
        name: "good_score",
        meaning: "log-probability of the pair's good sentence, nats, summed or averaged as the study's `scoring` says; none \
                  of texts",
        of: Of::Number(|row| Some(row.score.sentences?.0)),
    },
    Column {
        name: "bad_score",
        meaning: "the same of its bad sentence; none of texts",
        of: Of::Number(|row| Some(row.score.sentences?.1)),
    },
    Column {
        name: "correct",
        meaning: "1 where the good sentence scores higher, 0 where the bad one does, 0.5 for a tie; none of texts",
        of: Of::Number(|row| row.score.sentences.map(|_| row.score.value)),
    },
];

/// One trial with what it was tried on.
pub struct Row<'a> {
    condition: &'a Condition,
    item: usize,
    score: Score,
    text: Option<&'a str>,
    /// Paradigm, number in it, good and bad sentence.
    pair: Option<&'a [String; 4]>,
}

impl Row<'_> {
    /// About how many bytes it has.
    pub fn bytes(&self) -> usize {
        let names = self.pair.map_or(0, |pair| pair[0].len() + pair[1].len());
        100 + self.text.map_or(0, str::len) + names + self.condition.arm.to_string().len()
    }
}

/// What rows are made of.
pub struct Source<'a> {
    path: &'a Path,
    results: &'a Results,
    texts: BTreeMap<usize, String>,
    pairs: BTreeMap<usize, [String; 4]>,
}

impl<'a> Source<'a> {
    /// Reads what `results`, which are those of `store`, do not have of it: texts and pairs.
    ///
    /// # Errors
    /// [`Error::data`] where the file is broken.
    pub fn new(store: &'a Store, results: &'a Results) -> Result<Self> {
        Ok(Self { path: store.path(), results, texts: store.texts()?, pairs: store.pairs()? })
    }

    /// Every trial that is in, condition by condition.
    ///
    /// # Errors
    /// [`Error::data`] where the file does not have what a trial was tried on.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row<'_>>> {
        self.results.conditions.iter().flat_map(move |(id, condition)| {
            let scores = self.results.scores(*id).iter().enumerate();
            scores.filter_map(move |(item, score)| Some(self.row(condition, item, score?)))
        })
    }

    fn row<'s>(&'s self, condition: &'s Condition, item: usize, score: Score) -> Result<Row<'s>> {
        let missing = || Error::data(format!("{}: item {item} is not there", self.path.display()));
        let (text, pair) = match score.sentences {
            Some(_) => (None, Some(self.pairs.get(&item).ok_or_else(missing)?)),
            None => (Some(self.texts.get(&item).ok_or_else(missing)?.as_str()), None),
        };
        Ok(Row { condition, item, score, text, pair })
    }
}
