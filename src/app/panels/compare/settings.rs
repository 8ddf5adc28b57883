//! The settings in which studies differ, as a table.

use crate::app::panels::grid::Grid;
use crate::app::setup::values;
use crate::app::widgets::note;
use crate::figure::picture::compare::Compared;
use crate::figure::{Column, Table, TableView};
use crate::study::Setting;
use egui::Ui;
use serde_json::{Map, json};

/// What is remembered between frames.
#[derive(Default)]
pub struct Settings {
    made: Option<(Vec<String>, Table)>,
    /// Tables that were made so far.
    round: u64,
    grid: Grid,
    view: TableView,
}

impl Settings {
    /// Draws the table of `studies`.
    pub fn show(&mut self, ui: &mut Ui, studies: &[(usize, &Compared)]) {
        let of: Vec<String> = studies.iter().map(|(_, study)| format!("{} {:?}", study.name, study.study)).collect();
        if self.made.as_ref().is_none_or(|(known, _)| *known != of) {
            self.round += 1;
            self.made = Some((of, table(studies)));
        }
        match &self.made {
            Some((_, table)) if !table.rows.is_empty() => {
                self.grid.show(ui, table, &mut self.view, (self.round, 0, 0));
            }
            _ if studies.len() < 2 => drop(note(ui, "One study differs in nothing from itself.")),
            _ => drop(note(ui, "The studies have the same settings.")),
        }
    }
}

fn table(studies: &[(usize, &Compared)]) -> Table {
    let column = |name: &str, meaning: &str| Column {
        head: name.to_owned(),
        meaning: meaning.to_owned(),
        is_text: true,
        keys: vec![name.to_owned()],
    };
    let names = studies.iter().map(|(_, study)| &study.name);
    let columns: Vec<Column> =
        [column("setting", "As in the set-up")].into_iter().chain(names.map(|name| column(name, ""))).collect();
    let rows = differences(studies);
    let record = |row: &Vec<String>| -> Map<String, serde_json::Value> {
        columns.iter().zip(row).map(|(column, cell)| (column.head.clone(), json!(cell))).collect()
    };
    Table {
        id: "settings",
        title: "Settings that differ",
        kind: None,
        is_summary: false,
        records: rows.iter().map(record).collect(),
        rows,
        columns,
        facts: Map::new(),
        caption: "Settings in which the studies differ; \"–\" where a study does not have it.".to_owned(),
    }
}

/// A row per setting whose values are not all the same: its name, and the values, in the words of the set-up.
fn differences(studies: &[(usize, &Compared)]) -> Vec<Vec<String>> {
    let row = |setting: Setting| {
        let value = |study: &Compared| {
            setting.get(&study.study).map_or("–".to_owned(), |value| values::words(setting, &value))
        };
        let values: Vec<String> = studies.iter().map(|(_, study)| value(study)).collect();
        let differ = values.windows(2).any(|pair| pair[0] != pair[1]);
        differ.then(|| std::iter::once(values::name(setting)).chain(values).collect())
    };
    Setting::all().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Results;
    use crate::findings::Findings;
    use crate::study::{DeltaUnit, Layers, Study};
    use std::collections::BTreeMap;

    fn compared(study: &Study) -> Compared {
        let results = Results::new(study.clone(), BTreeMap::new(), 0);
        Compared::of(String::new(), &Findings::of(results))
    }

    #[test]
    fn only_what_differs_is_listed() {
        let mut other = Study::demo();
        other.perturbation.layers = Layers::These(vec![1, 2, 3]);
        other.perturbation.delta_unit = DeltaUnit::OfNorm;
        other.perturbation.deltas = vec![2.0, 5.0];
        other.experiments.attention_repair.get_or_insert_default().delta = Some(3.0);
        let (a, b) = (compared(&Study::demo()), compared(&other));
        let rows = differences(&[(0, &a), (1, &b)]);
        let named = |name: &str| rows.iter().find(|row| row[0] == name).map(|row| row[2].as_str());
        assert_eq!(named("layers"), Some("1-3"));
        assert_eq!(named("unit of δ"), Some("times the token's norm"));
        assert_eq!(named("δ"), Some("2, 5"));
        assert_eq!(named("attention repair: δ"), Some("3"));
        assert_eq!(named("model"), None);
        assert!(differences(&[(0, &a), (1, &a)]).is_empty());
    }
}
