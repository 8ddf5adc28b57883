//! Text in the cells of CSV and TSV files.

use crate::visible::visible;
use std::borrow::Cow;

/// `text` as a cell of a file that spreadsheets open: what is hidden is written out (see [`visible`]), and a text that a
/// spreadsheet would run as a formula has an apostrophe before it. Numbers stay numbers.
#[must_use]
pub fn cell(text: &str) -> Cow<'_, str> {
    let shown = visible(text);
    if shown.starts_with(RUN) && !is_number(&shown) { Cow::Owned(format!("'{shown}")) } else { shown }
}

/// What a formula begins with, in full width too, and what spreadsheets skip before it.
const RUN: [char; 10] = ['=', '+', '-', '@', '\t', '\n', '＝', '＋', '－', '＠'];

fn is_number(text: &str) -> bool {
    let is_of_one = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    text.chars().all(is_of_one) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_texts_and_numbers_numbers() {
        for formula in ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\n=1", "=cmd|' /C calc'!A0", "＝1", "-inf", "-"] {
            assert_eq!(cell(formula), format!("'{formula}"));
        }
        for plain in ["-1.5", "+2", "-1e-5", "a=b", "'=1", "2-4", "− 3", "", "–", " = A heading = "] {
            assert_eq!(cell(plain), plain);
        }
        assert_eq!(cell("\r=1"), "\\u{d}=1");
        assert_eq!(cell("=\u{1b}[31m"), "'=\\u{1b}[31m");
    }
}
