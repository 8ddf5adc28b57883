//! Which columns of a table are shown, and by which one it is sorted.

use super::table::{Format, Table};
use crate::error::{Error, Result};
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// How a table is looked at: as it is, unless something else is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableView {
    /// Names of the columns that are left out.
    pub hidden: Vec<String>,
    /// The field of the records, and its value, that the rows are which are shown; all rows where there is none.
    pub only: Option<(String, usize)>,
    /// The name of the column that sorts the rows, and whether they descend.
    pub sort: Option<(String, bool)>,
}

impl TableView {
    /// Whether the column `name` is shown.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        !self.hidden.iter().any(|hidden| hidden == name)
    }

    /// The next order by the column `name`: ascending, descending, the table's own.
    pub fn turn(&mut self, name: &str) {
        self.sort = match self.sort.take() {
            Some((known, false)) if known == name => Some((known, true)),
            Some((known, true)) if known == name => None,
            _ => Some((name.to_owned(), false)),
        };
    }

    /// The rows of `table` in their order, by number. Numbers are compared as the records have them, and what there is
    /// not comes last; rows that are equal keep the table's order.
    #[must_use]
    pub fn order(&self, table: &Table) -> Vec<usize> {
        let value = |row: &usize, key: &str| table.records.get(*row).and_then(|record| record.get(key)?.as_u64());
        let is_shown = |row: &usize| self.only.as_ref().is_none_or(|(key, only)| value(row, key) == Some(*only as u64));
        let rows = (0..table.rows.len()).filter(is_shown);
        let column = |name: &String| table.columns.iter().position(|column| column.name() == name);
        let sort = self.sort.as_ref().and_then(|(name, descending)| Some((column(name)?, *descending)));
        let Some((column, descending)) = sort else { return rows.collect() };
        let mut order: Vec<(Key, usize)> = rows.map(|row| (key(table, row, column), row)).collect();
        order.sort_by(|(a, _), (b, _)| {
            let ordering = a.compared_with(b);
            if descending && a.is_there() && b.is_there() { ordering.reverse() } else { ordering }
        });
        order.into_iter().map(|(_, row)| row).collect()
    }
}

/// What a row is sorted by.
enum Key<'a> {
    Number(f64),
    Words(&'a str),
    Nothing,
}

impl Key<'_> {
    fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    fn compared_with(&self, other: &Self) -> Ordering {
        let rank = |key: &Self| match key {
            Self::Number(_) => 0,
            Self::Words(_) => 1,
            Self::Nothing => 2,
        };
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Words(a), Self::Words(b)) => a.cmp(b),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

fn key(table: &Table, row: usize, column: usize) -> Key<'_> {
    let record = table.records.get(row);
    let values = table.columns[column].keys.iter().filter_map(|key| record?.get(key));
    match values.into_iter().next() {
        Some(Value::Number(number)) => number.as_f64().map_or(Key::Nothing, Key::Number),
        Some(Value::String(words)) => Key::Words(words),
        Some(_) => Key::Nothing,
        None => table.rows[row].get(column).map_or(Key::Nothing, |cell| Key::Words(cell)),
    }
}

impl Table {
    /// It as `view` shows it. Records lose the fields of the columns that are hidden.
    #[must_use]
    pub fn seen(&self, view: &TableView) -> Self {
        let order = view.order(self);
        let shown: Vec<usize> = (0..self.columns.len()).filter(|i| view.shows(self.columns[*i].name())).collect();
        let hidden = self.columns.iter().filter(|column| !view.shows(column.name()));
        let gone: Vec<&String> = hidden.flat_map(|column| &column.keys).collect();
        let record = |row: &usize| -> Map<String, Value> {
            let fields = self.records.get(*row).into_iter().flatten();
            fields.filter(|(key, _)| !gone.contains(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        Self {
            columns: shown.iter().map(|i| self.columns[*i].clone()).collect(),
            rows: order.iter().map(|row| shown.iter().map(|i| self.rows[*row][*i].clone()).collect()).collect(),
            records: order.iter().map(record).collect(),
            ..self.clone()
        }
    }

    /// It with the fields `keys` of its records alone, in this order, and the columns that show them.
    ///
    /// # Errors
    /// [`Error::usage`] where there is no such field, or no column shows it and `format` has columns alone.
    pub fn with_fields(&self, keys: &[String], format: Format) -> Result<Self> {
        let known: Vec<&String> = self.records.iter().flat_map(Map::keys).fold(Vec::new(), |mut known, key| {
            if !known.contains(&key) {
                known.push(key);
            }
            known
        });
        if let Some(key) = keys.iter().find(|key| !known.contains(key)) {
            let known: Vec<&str> = known.into_iter().map(String::as_str).collect();
            let (id, known) = (self.id, known.join(", "));
            return Err(Error::usage(format!("the table \"{id}\" has no column \"{key}\"; its columns are {known}")));
        }
        let mut shown: Vec<usize> = Vec::new();
        for key in keys {
            let column = self.columns.iter().position(|column| column.keys.contains(key));
            if column.is_none() && !matches!(format, Format::Csv | Format::Json) {
                let id = self.id;
                return Err(Error::usage(format!("\"{key}\" of the table \"{id}\" is in its csv and json only")));
            }
            shown.extend(column.filter(|column| !shown.contains(column)));
        }
        let field = |record: &Map<String, Value>, key: &String| record.get(key).cloned().unwrap_or(Value::Null);
        let chosen = |record: &Map<String, Value>| keys.iter().map(|key| (key.clone(), field(record, key))).collect();
        Ok(Self {
            columns: shown.iter().map(|i| self.columns[*i].clone()).collect(),
            rows: self.rows.iter().map(|row| shown.iter().map(|i| row[*i].clone()).collect()).collect(),
            records: self.records.iter().map(chosen).collect(),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Rows;
    use super::*;
    use crate::stats::Spread;

    fn table(rows: &[(&str, Option<f64>)]) -> Table {
        let mut made = Rows::default();
        for (name, value) in rows {
            made.add(|line| {
                line.text("name", "name", "", name);
                line.number("value", "value", "", *value);
                line.field("digits", 1);
                line.spread("both", "both", "", value.map(|mean| Spread { mean, sd: Some(0.5), n: 3 }));
            });
        }
        let Rows { columns, cells: rows, records } = made;
        let facts = Map::new();
        Table {
            id: "it",
            title: "",
            kind: None,
            is_summary: true,
            columns,
            rows,
            records,
            facts,
            caption: String::new(),
        }
    }

    fn by(head: &str, descending: bool) -> TableView {
        TableView { sort: Some((head.to_owned(), descending)), ..TableView::default() }
    }

    #[test]
    fn numbers_are_sorted_by_their_size_and_what_is_missing_comes_last() {
        let table = table(&[("b", Some(10.0)), ("a", None), ("d", Some(-2.0)), ("c", Some(9.0)), ("e", Some(9.0))]);
        assert_eq!(TableView::default().order(&table), [0, 1, 2, 3, 4]);
        assert_eq!(by("value", false).order(&table), [2, 3, 4, 0, 1]);
        assert_eq!(by("value", true).order(&table), [0, 3, 4, 2, 1]);
        assert_eq!(by("both_mean", true).order(&table), [0, 3, 4, 2, 1]);
        assert_eq!(by("name", false).order(&table), [1, 0, 3, 2, 4]);
        assert_eq!(by("no such column", false).order(&table), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn rows_are_narrowed_to_one_value_of_a_field() {
        let table = table(&[("b", Some(10.0)), ("a", None), ("c", Some(9.0))]);
        let of = |digits| TableView { only: Some(("digits".to_owned(), digits)), ..by("value", false) };
        assert_eq!((of(1).order(&table), of(2).order(&table)), (vec![2, 0, 1], Vec::new()));
        assert_eq!(table.seen(&of(2)).rows.len(), 0);
    }

    #[test]
    fn a_head_turns_the_order_three_ways() {
        let mut view = TableView::default();
        let mut orders = Vec::new();
        for _ in 0..4 {
            view.turn("value");
            orders.push(view.sort.as_ref().map(|(_, descending)| *descending));
        }
        assert_eq!(orders, [Some(false), Some(true), None, Some(false)]);
        view.turn("name");
        assert_eq!(view, by("name", false));
    }

    #[test]
    fn what_is_hidden_is_left_out_everywhere() {
        let table = table(&[("b", Some(10.0)), ("a", Some(9.0))]);
        let view = TableView { hidden: vec!["both_mean".to_owned()], ..by("value", false) };
        let seen = table.seen(&view);
        assert_eq!(seen.render(Format::Tsv), "name\tvalue\na\t9.00\nb\t10.0\n");
        assert_eq!(seen.render(Format::Csv), "name,value,digits\na,9.0,1\nb,10.0,1\n");
        assert_eq!(table.seen(&TableView::default()).render(Format::Csv), table.render(Format::Csv));
    }

    #[test]
    fn fields_are_chosen_by_their_names() {
        let table = table(&[("b", Some(10.0))]);
        let keys = |list: &[&str]| list.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let chosen = table.with_fields(&keys(&["both_sd", "both_mean", "digits", "name"]), Format::Csv).unwrap();
        assert_eq!(chosen.render(Format::Csv), "both_sd,both_mean,digits,name\n0.5,10.0,1,b\n");
        let chosen = table.with_fields(&keys(&["both_sd", "both_mean", "name"]), Format::Tsv).unwrap();
        assert_eq!(chosen.render(Format::Tsv), "both\tname\n10.00 ± 0.50\tb\n");
        let why = table.with_fields(&keys(&["digits"]), Format::Latex).unwrap_err().to_string();
        assert!(why.contains("\"digits\" of the table \"it\" is in its csv and json only"), "{why}");
        let why = table.with_fields(&keys(&["name", "nome"]), Format::Csv).unwrap_err().to_string();
        assert!(why.contains("no column \"nome\"; its columns are name, value, digits, both_mean"), "{why}");
    }

    #[test]
    fn ten_thousand_rows_are_sorted_in_a_moment() {
        let names: Vec<String> = (0..10_000).map(|i| format!("row {}", i * 7919 % 10_000)).collect();
        let rows: Vec<(&str, Option<f64>)> =
            names.iter().enumerate().map(|(i, name)| (name.as_str(), Some((i * 7919 % 10_007) as f64))).collect();
        let table = table(&rows);
        let start = std::time::Instant::now();
        let order = by("value", false).order(&table);
        assert!(start.elapsed().as_millis() < 250, "{:?}", start.elapsed());
        assert!(order.windows(2).all(|pair| rows[pair[0]].1 <= rows[pair[1]].1));
    }
}
