//! Writing tables: as text for programs, people and papers.

use super::cell::cell;
use super::latex;
use super::markdown;
use super::table::{Format, Table};
use crate::visible;
use serde_json::{Map, Value, json};

impl Table {
    /// It as text.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Csv => self.csv(),
            Format::Json => visible::json(&self.json()),
            Format::Markdown => self.markdown(),
            Format::Latex => latex::table(self),
            Format::Tsv => self.tsv(),
        }
    }

    /// It as a JSON value.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut map = Map::from_iter([("table".to_owned(), json!(self.id))]);
        map.extend(self.facts.clone());
        map.insert("caption".to_owned(), json!(self.caption));
        map.insert("rows".to_owned(), Value::Array(self.records.iter().cloned().map(Value::Object).collect()));
        Value::Object(map)
    }

    fn csv(&self) -> String {
        let quoted = |text: &str| {
            let plain = !text.contains([',', '"', '\n']);
            if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
        };
        let cell = |value: &Value| match value {
            Value::Null => String::new(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => quoted(&cell(text)),
            other => quoted(&cell(&other.to_string())),
        };
        let mut lines = Vec::new();
        if let Some(first) = self.records.first() {
            lines.push(first.keys().map(|key| quoted(key)).collect::<Vec<_>>().join(","));
        }
        lines.extend(self.records.iter().map(|record| record.values().map(cell).collect::<Vec<_>>().join(",")));
        lines.join("\n") + "\n"
    }

    fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let heads = line(self.columns.iter().map(|column| markdown::text(&column.head)).collect());
        let sides = self.columns.iter().map(|c| if c.is_text { ":---" } else { "---:" }.to_owned()).collect();
        let rows: String =
            self.rows.iter().map(|row| line(row.iter().map(|cell| markdown::cell(cell)).collect())).collect();
        format!("{heads}{}{rows}\n{}\n", line(sides), markdown::text(&self.caption))
    }

    fn tsv(&self) -> String {
        let line = |cells: Vec<&str>| {
            let cells: Vec<String> =
                cells.iter().map(|text| cell(&text.replace(['\t', '\n'], " ")).into_owned()).collect();
            cells.join("\t") + "\n"
        };
        let heads = line(self.columns.iter().map(|column| column.head.as_str()).collect());
        let rows = self.rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
        heads + &rows.collect::<String>()
    }
}
