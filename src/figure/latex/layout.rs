//! How a table fits on pages: which of its columns have something, how wide they are, how large it is set, and which rows
//! stand on which page. Widths are estimates in letters; what is scaled is scaled by what LaTeX measures.

use super::super::table::Table;
use std::ops::Range;

/// Cells of words that are longer wrap within their column.
const LONG: usize = 36;

/// Width of such a column, in em of its letters, and how many letters of words surely go on a line of it.
pub const WRAPPED: (&str, usize) = ("18em", 34);

/// Letters that fit beside each other on a page of article: of the document's size; of footnotes with columns close
/// together; scaled and still legible; of the document's size along the page's long side.
const FIT: [usize; 4] = [64, 78, 112, 102];

/// Letters of a caption on a line, across the page and along its long side.
const CAPTION: [usize; 2] = [68, 110];

/// Lines that a page has, from top to bottom and from side to side.
const LINES: [f64; 2] = [42.0, 22.5];

/// How large it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As the document's text.
    Whole,
    /// As footnotes.
    Small,
    /// Scaled to the line.
    Scaled,
    /// Turned by a quarter, and scaled to the page's long side.
    Turned,
}

/// A column that has something.
pub struct Column {
    /// Where it is in the table.
    pub at: usize,
    /// Its head, line by line.
    pub head: Vec<String>,
    /// Whether its words wrap.
    pub wraps: bool,
    /// Letters of its longest line.
    letters: usize,
}

/// Where everything goes.
pub struct Layout {
    /// The columns that are shown.
    pub columns: Vec<Column>,
    pub size: Size,
    /// The rows of each page.
    pub parts: Vec<Range<usize>>,
}

impl Layout {
    pub fn of(table: &Table) -> Self {
        let is_empty = |i: &usize| table.rows.iter().all(|row| row.get(*i).is_none_or(String::is_empty));
        let columns: Vec<Column> =
            (0..table.columns.len()).filter(|i| !is_empty(i)).map(|at| Column::of(table, at)).collect();
        // Between two columns there is the room of two letters.
        let width: usize = columns.iter().map(|column| 2 + column.letters).sum();
        let size = match FIT.map(|letters| width <= letters) {
            [true, ..] => Size::Whole,
            [_, true, ..] => Size::Small,
            [_, _, true, _] => Size::Scaled,
            _ => Size::Turned,
        };
        let parts = parts(table, &columns, size, width);
        Self { columns, size, parts }
    }
}

impl Column {
    fn of(table: &Table, at: usize) -> Self {
        let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        let longest = cells.max().unwrap_or(0);
        let wraps = table.columns[at].is_text && longest > LONG;
        let longest = if wraps { LONG } else { longest };
        let head = head(&table.columns[at].head, longest.max(14));
        let letters = head.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(longest);
        Self { at, head, wraps, letters }
    }
}

/// A head over as many lines as keep it no wider than `room` letters, where its words allow.
fn head(words: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Which rows stand on which page: as many as surely fit below a caption.
fn parts(table: &Table, columns: &[Column], size: Size, width: usize) -> Vec<Range<usize>> {
    let (turned, grows) = match size {
        Size::Whole => (0, 1.0),
        Size::Small => (0, 1.2),
        Size::Scaled => (0, width as f64 / FIT[0] as f64),
        Size::Turned => (1, (width as f64 / FIT[3] as f64).max(1.0)),
    };
    let heads = columns.iter().map(|column| column.head.len()).max().unwrap_or(1) + 1;
    let room = |caption: usize| (grows * (LINES[turned] - caption as f64) - heads as f64).max(4.0);
    let lines = |row: &Vec<String>| {
        let wrapped = columns.iter().filter(|column| column.wraps).filter_map(|column| row.get(column.at));
        wrapped.map(|cell| cell.chars().count().div_ceil(WRAPPED.1)).max().unwrap_or(1).max(1) as f64
    };
    let mut parts = Vec::new();
    let (mut start, mut left) = (0, room(table.caption.chars().count().div_ceil(CAPTION[turned])));
    for (at, row) in table.rows.iter().enumerate() {
        left -= lines(row);
        if left < 0.0 && at > start {
            parts.push(start..at);
            (start, left) = (at, room(1) - lines(row));
        }
    }
    parts.push(start..table.rows.len());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::table::Rows;
    use serde_json::Map;

    fn table(rows: usize, columns: usize, word: &str) -> Table {
        let mut made = Rows::default();
        for _ in 0..rows {
            made.add(|line| {
                for column in 0..columns {
                    line.text(&column.to_string(), "a head", "", word);
                }
                line.text("why", "why not", "", "");
            });
        }
        let Rows { columns, cells: rows, records } = made;
        let caption = "words ".repeat(40);
        Table { id: "it", title: "", kind: None, is_summary: true, columns, rows, records, facts: Map::new(), caption }
    }

    #[test]
    fn wide_tables_are_set_smaller_and_the_widest_are_turned() {
        let size = |columns| Layout::of(&table(3, columns, "ten letter")).size;
        assert_eq!([5, 6, 8, 20].map(size), [Size::Whole, Size::Small, Size::Scaled, Size::Turned]);
        let layout = Layout::of(&table(3, 5, "ten letter"));
        assert_eq!(layout.columns.len(), 5, "a column without anything is left out");
        assert_eq!(head("fraction of everything", 14), ["fraction of", "everything"]);
    }

    #[test]
    fn long_tables_go_over_pages_and_no_row_is_lost() {
        for (columns, word) in [(3, "word"), (12, "word"), (4, &"long words ".repeat(12))] {
            let table = table(500, columns, word);
            let Layout { parts, .. } = Layout::of(&table);
            assert!(parts.len() > 4 && parts[0].start == 0 && parts.last().unwrap().end == 500);
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start && !pair[0].is_empty()), "{parts:?}");
        }
        assert_eq!(Layout::of(&table(20, 3, "word")).parts.len(), 1);
    }
}
