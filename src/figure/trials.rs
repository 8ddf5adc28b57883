//! Every trial of a study as CSV.

use crate::error::{Error, Result};
use crate::experiment::Results;
use crate::store::Store;

/// Every trial of the study file `store`, one line each, with all digits. Its columns are described in
/// docs/STUDY_FILE.md.
///
/// # Errors
/// [`Error::Data`] where the file is broken.
pub fn trials_csv(store: &Store, results: &Results) -> Result<Vec<u8>> {
    let (texts, pairs) = (store.texts()?, store.pairs()?);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut line =
        |cells: &[String]| writer.write_record(cells).map_err(|error| Error::Internal(format!("writing CSV: {error}")));
    let heads = [
        "experiment",
        "mode",
        "delta",
        "seed",
        "arm",
        "item",
        "text",
        "paradigm",
        "pair_id",
        "loss",
        "good_score",
        "bad_score",
        "correct",
    ];
    line(&heads.map(String::from))?;
    for (id, condition) in &results.conditions {
        let disturbance = condition.disturbance;
        let own = [
            condition.experiment.to_string(),
            disturbance.map_or("clean".to_owned(), |d| d.mode.to_string()),
            disturbance.map_or(String::new(), |d| d.delta.to_string()),
            disturbance.map_or(String::new(), |d| d.seed.to_string()),
            condition.arm.name.clone(),
        ];
        for (item, score) in results.scores(*id).iter().enumerate() {
            let Some(score) = score else { continue };
            let missing = || Error::Data(format!("{}: item {item} is not there", store.path().display()));
            let (good, bad) = score.sentences.map(|(g, b)| (g.to_string(), b.to_string())).unwrap_or_default();
            let value = score.value.to_string();
            let rest = if score.sentences.is_some() {
                let [paradigm, pair, _, _] = pairs.get(&item).ok_or_else(missing)?;
                ["", paradigm, pair, "", &good, &bad, &value].map(String::from)
            } else {
                let text = texts.get(&item).ok_or_else(missing)?;
                [text.as_str(), "", "", &value, "", "", ""].map(String::from)
            };
            line(&[own.as_slice(), &[item.to_string()], &rest].concat())?;
        }
    }
    writer.into_inner().map_err(|error| Error::Internal(format!("writing CSV: {error}")))
}
