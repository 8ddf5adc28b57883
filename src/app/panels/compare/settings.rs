//! The settings in which studies differ, as a table.

use crate::app::panels::grid::Grid;
use crate::app::widgets::note;
use crate::figure::picture::compare::Compared;
use crate::figure::{Column, Table, View};
use egui::Ui;
use serde_json::{Map, json};

/// What is remembered between frames.
#[derive(Default)]
pub struct Settings {
    made: Option<(Vec<String>, Table)>,
    /// Tables that were made so far.
    round: u64,
    grid: Grid,
    view: View,
}

impl Settings {
    /// Draws the table of `studies`.
    pub fn show(&mut self, ui: &mut Ui, studies: &[(usize, &Compared)]) {
        let of: Vec<String> = studies.iter().map(|(_, study)| format!("{} {:?}", study.name, study.settings)).collect();
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
    let names = studies.iter().map(|(_, study)| study.name.as_str());
    let columns: Vec<Column> =
        [column("setting", "As in a study's TOML")].into_iter().chain(names.map(|name| column(name, ""))).collect();
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
        caption: "Settings in which the studies differ, as in their TOML; \"–\" where a study does not have it."
            .to_owned(),
    }
}

/// A row per setting whose values are not all the same: its name, and the values.
fn differences(studies: &[(usize, &Compared)]) -> Vec<Vec<String>> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in studies.iter().flat_map(|(_, study)| &study.settings) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let value = |study: &Compared, name: &str| {
        let found = study.settings.iter().find(|(known, _)| known == name);
        found.map_or("–".to_owned(), |(_, value)| value.clone())
    };
    let row = |name: &str| {
        let values: Vec<String> = studies.iter().map(|(_, study)| value(study, name)).collect();
        let differ = values.windows(2).any(|pair| pair[0] != pair[1]);
        differ.then(|| std::iter::once(name.to_owned()).chain(values).collect())
    };
    names.into_iter().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::DeltaUnit;

    fn study(settings: &[(&str, &str)]) -> Compared {
        Compared {
            name: String::new(),
            unit: DeltaUnit::Absolute,
            ratios: Vec::new(),
            recoveries: Vec::new(),
            layers: Vec::new(),
            facts: Vec::new(),
            settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn only_what_differs_is_listed() {
        let (a, b) = (
            study(&[("seed", "42"), ("layers", "2-5")]),
            study(&[("seed", "42"), ("layers", "8-15"), ("unit", "of_norm")]),
        );
        let rows = differences(&[(0, &a), (1, &b)]);
        assert_eq!(rows, [["layers", "2-5", "8-15"], ["unit", "–", "of_norm"]]);
        assert!(differences(&[(0, &a), (1, &a)]).is_empty());
    }
}
