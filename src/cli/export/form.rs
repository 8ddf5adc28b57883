//! The forms in which things are exported, and which of them each thing has.

use crate::error::{Error, Result};
use crate::figure::{Card, FigureFormat, Format, TrialsFormat};
use crate::visible;
use clap::ValueEnum;

/// What `--format` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Comma-separated values with all digits; a text that a spreadsheet would run has an apostrophe before it
    Csv,
    /// The same as JSON, with the settings
    Json,
    /// For people
    Markdown,
    /// For a paper: with booktabs, and siunitx where the document loads it
    Latex,
    /// For spreadsheets
    Tsv,
    /// Typed columns
    Parquet,
    /// Scalable, for the web and for editing
    Svg,
    /// Scalable, for print
    Pdf,
    /// Pixels
    Png,
    /// The caption alone
    Text,
    /// A page
    Html,
}

/// The forms of a table; the first is taken where none is given.
pub const TABLE: [(Form, Format); 5] = [
    (Form::Csv, Format::Csv),
    (Form::Json, Format::Json),
    (Form::Markdown, Format::Markdown),
    (Form::Latex, Format::Latex),
    (Form::Tsv, Format::Tsv),
];

/// The forms of trials.
pub const TRIALS: [(Form, TrialsFormat); 2] = [(Form::Csv, TrialsFormat::Csv), (Form::Parquet, TrialsFormat::Parquet)];

/// What writes a card.
type Written = fn(&Card) -> String;

/// The forms of a card.
pub const CARD: [(Form, Written); 2] =
    [(Form::Markdown, Card::markdown), (Form::Json, |card| visible::json(&card.json()))];

/// The forms of a figure.
pub const FIGURE: [(Form, FigureFormat); 5] = [
    (Form::Svg, FigureFormat::Svg),
    (Form::Pdf, FigureFormat::Pdf),
    (Form::Png, FigureFormat::Png),
    (Form::Csv, FigureFormat::Csv),
    (Form::Text, FigureFormat::Text),
];

/// The one form of a report.
pub const REPORT: [(Form, ()); 1] = [(Form::Html, ())];

/// What `given` is among the forms of what the option `what` exports; the first of them where none is given.
///
/// # Errors
/// [`Error::usage`] where it is not written in that form.
pub fn chosen<T: Copy, const N: usize>(given: Option<Form>, what: &str, forms: &[(Form, T); N]) -> Result<T> {
    let wanted = given.unwrap_or(forms[0].0);
    forms.iter().find(|(form, _)| *form == wanted).map(|(_, form)| *form).ok_or_else(|| {
        let names: Vec<String> = forms.iter().map(|(form, _)| name(*form)).collect();
        Error::usage(format!("{what} has no form {}: its --format is {}", name(wanted), names.join(" or ")))
    })
}

fn name(form: Form) -> String {
    form.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
