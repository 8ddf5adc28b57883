//! A table for a paper: LaTeX that compiles as it is, with booktabs, and graphicx where it is wider than a line. Numbers
//! are siunitx's where the document loads it; what is too wide is scaled or turned, what is too long goes over pages.

mod layout;
mod numbers;
mod words;

use super::table::Table;
use layout::{Layout, Size};
use std::ops::Range;
use words::escaped;

/// Parts after which LaTeX is asked to set those that wait: it can keep only some in mind.
const WAITING: usize = 16;

/// `table` as a float with caption and label; as several, where a page does not hold its rows.
#[must_use]
pub fn table(table: &Table) -> String {
    let layout = Layout::of(table);
    let mut text = format!("% needs \\usepackage{{{}}}\n", packages(&layout));
    if matches!(layout.size, Size::Scaled | Size::Turned) {
        text += "% Wide, so it is scaled; with fewer columns it reads better.\n";
    }
    text += numbers::SETUP;
    for (i, rows) in layout.parts.iter().enumerate() {
        if i > 0 && i % WAITING == 0 {
            text += "\\clearpage\n";
        }
        let label = table.id.replace('_', "-");
        let caption = match i {
            0 => format!("  \\caption{{{}}}\n  \\label{{tab:{label}}}\n", escaped(&table.caption)),
            _ => format!("  Table~\\ref{{tab:{label}}}, continued\n\n"),
        };
        text += &float(
            layout.size,
            &format!("{caption}  \\medskip\n{}", numbers::UNCERTAINTIES),
            &tabular(table, &layout, rows),
        );
    }
    text
}

fn packages(layout: &Layout) -> String {
    let wraps = layout.columns.iter().any(|column| column.wraps);
    let scaled = matches!(layout.size, Size::Scaled | Size::Turned);
    let all = [(wraps, "array"), (true, "booktabs"), (scaled, "graphicx")];
    all.iter().filter(|(needed, _)| *needed).map(|(_, name)| *name).collect::<Vec<_>>().join(",")
}

/// A float of this size: `above`, and `tabular` below it.
fn float(size: Size, above: &str, tabular: &str) -> String {
    let scaled =
        format!("  \\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n{tabular}}}\n");
    let inner = match size {
        Size::Whole => format!("{above}{tabular}\n"),
        Size::Small => format!("{above}  \\footnotesize\n  \\setlength{{\\tabcolsep}}{{3pt}}\n{tabular}\n"),
        Size::Scaled => format!("{above}{scaled}"),
        Size::Turned => {
            let inner = format!("{above}{scaled}");
            let page = "\\rotatebox{90}{\\begin{minipage}{0.98\\textheight}";
            return format!(
                "\\begin{{table}}[p]\n  \\centering\n  {page}\n  \\centering\n{inner}  \\end{{minipage}}}}\n\\end{{table}}\n"
            );
        }
    };
    format!("\\begin{{table}}\n  \\centering\n{inner}\\end{{table}}\n")
}

/// The `rows` of `table`, under the heads.
fn tabular(table: &Table, layout: &Layout, rows: &Range<usize>) -> String {
    let sides: String = layout.columns.iter().map(|column| side(table, column)).collect();
    let line = |cells: Vec<String>| format!("    {} \\\\\n", cells.join(" & "));
    let heads = line(layout.columns.iter().map(|column| stacked(table, column)).collect());
    let cell = |row: &[String], at: usize| {
        let cell = row.get(at).map_or("", String::as_str);
        if table.columns[at].is_text { escaped(cell) } else { numbers::cells(cell) }
    };
    let row = |row: &Vec<String>| line(layout.columns.iter().map(|column| cell(row, column.at)).collect());
    let rows: String = table.rows[rows.clone()].iter().map(row).collect();
    format!(
        "  \\begin{{tabular}}{{{sides}}}\n    \\toprule\n{heads}    \\midrule\n{rows}    \\bottomrule\n  \\end{{tabular}}"
    )
}

/// Words stand left, numbers right.
fn side(table: &Table, column: &layout::Column) -> String {
    match (column.wraps, table.columns[column.at].is_text) {
        (true, _) => format!(">{{\\raggedright\\arraybackslash}}p{{{}}}", layout::WRAPPED.0),
        (false, true) => "l".to_owned(),
        (false, false) => "r".to_owned(),
    }
}

fn stacked(table: &Table, column: &layout::Column) -> String {
    let lines: Vec<String> = column.head.iter().map(|line| escaped(line)).collect();
    let side = if table.columns[column.at].is_text { "l" } else { "r" };
    if lines.len() > 1 { format!("\\shortstack[{side}]{{{}}}", lines.join("\\\\")) } else { lines.concat() }
}

#[cfg(test)]
mod tests {
    use super::super::table::Rows;
    use super::*;
    use serde_json::Map;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let mut rows = Rows::default();
        rows.add(|line| {
            line.text("mode", "mode", "", "angular");
            line.number("p", "p_x (fraction of everything)", "", Some(0.25));
            line.text("why", "why", "", &"words ".repeat(10));
        });
        let made = Table {
            id: "norm_repair",
            title: "",
            kind: None,
            is_summary: true,
            columns: rows.columns,
            rows: rows.cells,
            records: rows.records,
            facts: Map::new(),
            caption: "100 % of δ.".to_owned(),
        };
        let latex = table(&made);
        assert!(latex.starts_with("% needs \\usepackage{array,booktabs}\n% Numbers are \\num of siunitx;"), "{latex}");
        assert!(latex.contains("\\caption{100~\\% of $\\delta$.}\n  \\label{tab:norm-repair}"), "{latex}");
        assert!(latex.contains("\\begin{tabular}{lr>{\\raggedright\\arraybackslash}p{18em}}\n    \\toprule\n    mode & \\shortstack[r]{p\\_x (fraction\\\\of everything)} & why \\\\\n"));
        assert!(latex.contains("    \\midrule\n    angular & \\num{0.250} & words"), "{latex}");
    }
}
