//! The report of a study: one HTML file that holds everything, without scripts, to read, to print and to check.

mod html;
mod words;

use super::words::Said;
use super::{Card, FigureView, Format, Source, Style, Table, figure, figures};
use crate::corpus;
use crate::error::Result;
use crate::experiment::Kind;
use crate::figure::scene::{Scene, faces};
use crate::figure::views::{Section, View};
use crate::store::Store;
use html::{List, escaped, table};
use std::fmt::Write as _;
use std::slice;

/// Tables of more rows, and of more columns than a printed page has room for, are left to CSV; the report says so.
const MOST_ROWS: usize = 80;
const MOST_COLUMNS: usize = 11;

/// Figures that say nothing here: those of several studies, and one of panels that stand here on their own.
const LEFT_OUT: [&str; 3] = ["replication", "compare", "mechanism"];

/// The report on the study file `store`, which is `source`. The same file gives the same bytes.
///
/// # Errors
/// [`crate::Error::data`] where the file is broken, [`crate::Error::internal`] where a figure cannot be drawn.
pub fn report(store: &Store, source: &Source, style: &Style) -> Result<String> {
    let results = source.findings().results();
    let card = Card::of(store, results)?;
    let made = super::each_table(source.findings(), Made::of);
    let drawn = draw(source, style)?;
    let mut page = Page { sections: Vec::new() };
    page.section("question", "Question", words::question(source));
    page.section("verdicts", "What the results support", verdicts(source, &made));
    page.section("setting", "Setting", words::setting(source, results));
    page.section("figures", "Figures", drawn.of(Section::Figures));
    let audit = audit(source, &drawn);
    if !audit.is_empty() {
        page.section("audit", "What makes the gap between the modes", audit);
    }
    let displacement = drawn.of(Section::Displacement);
    let moved = format!("{}{displacement}{}", words::attainability(source), tables(&made, &|id| id == "shift"));
    page.section("displacement", "How far vectors were moved", moved);
    page.section("tables", "Tables", tables(&made, &|id| matches!(section_of(id), Section::Figures | Section::Audit)));
    page.section(
        "methods",
        "Methods, ready to paste",
        format!("<p>{}</p>\n", escaped(&words::methods(source, results))),
    );
    page.section("limits", "Limits", words::limits(source, results, &copies(store)?));
    page.section("provenance", "Provenance and checksums", provenance(&card));
    page.section("again", "Run it again", again(store, &source.name)?);
    let fonts = faces(drawn.list.iter().map(|(_, figure)| &figure.scene));
    Ok(page.written(source, &fonts))
}

/// The figures that the study has something for, each with its number.
struct Drawn {
    list: Vec<(usize, super::Figure)>,
}

fn draw(source: &Source, style: &Style) -> Result<Drawn> {
    let view = FigureView::default();
    let mut list = Vec::new();
    let shown = figures(slice::from_ref(source)).into_iter().filter(|(id, _)| !LEFT_OUT.contains(id));
    let mut shown: Vec<(&str, &str)> = shown.collect();
    // They are numbered as they stand on the page.
    let sections = [Section::Figures, Section::Audit, Section::Displacement];
    let section = |id: &str| View::of_figure(id).map_or(Section::Figures, View::section);
    shown.sort_by_key(|(id, _)| sections.iter().position(|one| *one == section(id)));
    for (i, (id, _)) in shown.into_iter().enumerate() {
        list.push((i + 1, figure(slice::from_ref(source), id, &view, style)?));
    }
    Ok(Drawn { list })
}

impl Drawn {
    /// Those of `section`, with their captions.
    fn of(&self, section: Section) -> String {
        let is_in = |figure: &super::Figure| View::of_figure(figure.id).is_some_and(|view| view.section() == section);
        let shown = self.list.iter().filter(|(_, figure)| is_in(figure));
        shown.map(|(number, figure)| with_caption(*number, figure.id, &figure.scene, &figure.caption)).collect()
    }
}

fn with_caption(number: usize, id: &str, scene: &Scene, caption: &str) -> String {
    let svg = scene.inline(id);
    format!(
        "<figure id=\"figure-{id}\">\n{svg}<figcaption><strong>Figure {number}.</strong> {}</figcaption>\n</figure>\n",
        escaped(caption)
    )
}

/// What becomes of each claim, in the sentences that the tests give.
fn verdicts(source: &Source, tables: &[Made]) -> String {
    let Some(table) = tables.iter().map(|made| &made.table).find(|table| table.id == "verdicts") else {
        return "<p>The study has no experiment that bears on a claim of the published study.</p>\n".to_owned();
    };
    let short = ["title", "what", "protocol", "delta", "verdict", "estimate", "unit", "p_holm"].map(str::to_owned);
    let short = table.with_fields(&short, Format::Markdown).unwrap_or_else(|_| table.clone());
    let mut out = one_table(&Table { title: "In short", ..short }, table.rows.len());
    // They come claim by claim.
    for of_claim in source.findings().judged().chunk_by(|a, b| a.claim == b.claim) {
        let _ = writeln!(out, "<h3>{}</h3>", escaped(&of_claim[0].claim.title()));
        let mut list = List::default();
        for judged in of_claim {
            list.add(&escaped(&Said::of(judged, source.findings()).sentence));
        }
        out += &list.written();
    }
    out
}

/// The audit's answers with its figure; nothing where there was none.
fn audit(source: &Source, drawn: &Drawn) -> String {
    let Some(audit) = source.pictures.audit() else { return String::new() };
    let mut list = List::default();
    for (kind, (_, words)) in audit.audits.iter().flat_map(|of| of.answers.iter().map(move |answer| (of.kind, answer)))
    {
        let heading = super::picture::audit::heading(kind);
        list.add(&format!("{}: {}", escaped(heading), escaped(words)));
    }
    format!("{}{}", list.written(), drawn.of(Section::Audit))
}

/// The section that the view of the table `id` stands in.
fn section_of(id: &str) -> Section {
    View::of_table(id).map_or(Section::Figures, View::section)
}

/// A table of the report, with how many rows it has: of one that is too long to be shown there are none.
struct Made {
    table: Table,
    rows: usize,
}

impl Made {
    fn of(mut table: Table) -> Self {
        let rows = table.rows.len();
        // The verdicts are shown in short, however many they are.
        if rows > MOST_ROWS && table.id != "verdicts" {
            (table.rows, table.records) = (Vec::new(), Vec::new());
        }
        Self { table, rows }
    }
}

/// The tables whose names `wanted` takes.
fn tables(tables: &[Made], wanted: &dyn Fn(&str) -> bool) -> String {
    let shown = tables.iter().filter(|made| wanted(made.table.id));
    shown.map(|made| one_table(&made.table, made.rows)).collect()
}

fn one_table(made: &Table, rows: usize) -> String {
    if rows > MOST_ROWS || made.columns.len() > MOST_COLUMNS {
        return format!(
            "<h3>{}</h3>\n<p>{rows} rows and {} columns: <code>polarscope export FILE --table {}</code> writes them.</p>\n",
            escaped(made.title),
            made.columns.len(),
            made.id
        );
    }
    let heads: Vec<(String, bool)> = made.columns.iter().map(|column| (column.head.clone(), column.is_text)).collect();
    format!("<h3>{}</h3>\n{}", escaped(made.title), table(made.title, &heads, &made.rows, &made.caption))
}

/// What the study file knows of its origin.
fn provenance(card: &Card) -> String {
    let mut out = String::new();
    for (title, facts) in card.groups() {
        let _ = writeln!(out, "<h3>{}</h3>\n<table class=\"facts\">\n<tbody>", escaped(title));
        for (name, said) in facts {
            let _ = writeln!(out, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escaped(name), html::words(said));
        }
        out += "</tbody>\n</table>\n";
    }
    out
}

/// Remarks on texts and pairs that are copies of others.
fn copies(store: &Store) -> Result<Vec<String>> {
    let (texts, pairs) = (store.texts()?, store.pairs()?);
    let copied = [corpus::copies(texts.values()), corpus::copies(pairs.values().map(|[_, _, good, bad]| (good, bad)))];
    let of = [(copied[0], texts.len(), "texts"), (copied[1], pairs.len(), "pairs")];
    Ok(of.into_iter().filter_map(|(copied, all, noun)| corpus::remark_on_copies(copied, all, noun)).collect())
}

fn again(store: &Store, name: &str) -> Result<String> {
    let toml = store.study_toml()?;
    Ok(format!(
        "<p>Save this as <code>study.toml</code>. Paths in it are relative to its folder.</p>\n<pre tabindex=\"0\"><code>{}</code></pre>\n\
         <p>Then, with Polarscope {}:</p>\n<pre><code>polarscope run study.toml --out again.polar\npolarscope export again.polar --report \
         --out report.html</code></pre>\n<p>On the same device this makes {} again to the byte; elsewhere losses agree to 1e-5.</p>\n",
        escaped(&toml),
        env!("CARGO_PKG_VERSION"),
        escaped(name)
    ))
}

/// The sections of the page.
struct Page {
    sections: Vec<(&'static str, &'static str, String)>,
}

impl Page {
    fn section(&mut self, id: &'static str, title: &'static str, body: String) {
        self.sections.push((id, title, body));
    }

    fn written(&self, source: &Source, fonts: &str) -> String {
        let title = escaped(&source.study().name);
        let mut contents = List::default();
        for (id, heading, _) in &self.sections {
            contents.add(&format!("<a href=\"#{id}\">{heading}</a>"));
        }
        let mut sections = String::new();
        for (id, heading, body) in &self.sections {
            let _ = writeln!(sections, "<section id=\"{id}\">\n<h2>{heading}</h2>\n{body}</section>");
        }
        let warning = source.preliminary().map_or(String::new(), |why| {
            format!("<p class=\"warning\"><strong>Preliminary: {}.</strong> Numbers may change until all trials are in.</p>\n", escaped(&why))
        });
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, \
             initial-scale=1\">\n<meta name=\"generator\" content=\"Polarscope {}\">\n<title>{title}: report</title>\n<style>\n{}{fonts}</style>\n\
             </head>\n<body>\n<header>\n<h1>{title}</h1>\n<p>{}</p>\n{warning}</header>\n<nav aria-label=\"Contents\">\n{}</nav>\n<main>\n\
             {sections}</main>\n<footer>\n<p>Made by Polarscope {} from the study file alone; every number in it is computed from the file's \
             trials.</p>\n</footer>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION"),
            include_str!("style.css"),
            escaped(&words::lead(source)),
            contents.written(),
            env!("CARGO_PKG_VERSION"),
        )
    }
}

/// What the experiments of a study ask, in the order in which they run.
fn kinds(source: &Source) -> Vec<(&'static str, &'static str)> {
    let there = Kind::ALL.into_iter().filter(|kind| crate::experiment::find(source.study(), *kind).is_some());
    there.map(|kind| (kind.title(), kind.question())).collect()
}
