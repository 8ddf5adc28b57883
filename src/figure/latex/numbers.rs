//! Numbers as siunitx reads them, and what stands in for it.

use super::words::escaped;

/// Defines `\num` where siunitx is not loaded, of the forms that [`cells`] writes: in math, with an exponent as a power of
/// ten. It may be read any number of times. With siunitx, uncertainties stay apart from their means, as captions have them.
pub const SETUP: &str = "% Numbers are \\num of siunitx; where that is not loaded, these lines stand in for it.\n\
    \\providecommand{\\num}[1]{\\ensuremath{\\polarscopenum#1ee\\polarscopenum}}%\n\
    \\def\\polarscopenum#1e#2e#3\\polarscopenum{#1\\ifx\\relax#2\\relax\\else\\times10^{#2}\\fi}%\n";

/// The same within a table, whose end ends it.
pub const UNCERTAINTIES: &str = "  \\ifdefined\\sisetup\\sisetup{separate-uncertainty=true}\\fi\n";

/// A cell of a column of numbers: each number, with its uncertainty, as `\num{…}`; what is around them as words.
pub fn cells(cell: &str) -> String {
    let (mut out, mut words, mut rest) = (String::new(), String::new(), cell);
    while let Some(first) = rest.chars().next() {
        let within = words.chars().next_back().is_some_and(|before| before.is_alphanumeric() || before == '.');
        if let Some((number, after)) = (!within).then(|| whole(rest)).flatten() {
            out += &escaped(&std::mem::take(&mut words));
            out += &format!("\\num{{{number}}}");
            rest = after;
        } else {
            words.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out + &escaped(&words)
}

/// The number at the beginning of `text` as siunitx reads it, and what comes after: "−12.3 ± 1.5", "2.3e-7", "< 0.1".
fn whole(text: &str) -> Option<(String, &str)> {
    let (below, rest) = text.strip_prefix("< ").map_or(("", text), |rest| ("< ", rest));
    let (minus, rest) = rest.strip_prefix(['−', '-']).map_or(("", rest), |rest| ("-", rest));
    let (number, rest) = unsigned(rest)?;
    let uncertainty = rest.strip_prefix(" ± ").and_then(unsigned);
    // siunitx leaves out an uncertainty of 0, and takes a number with an uncertainty only where neither has an exponent.
    let uncertainty = uncertainty.filter(|(uncertainty, _)| {
        uncertainty.contains(|c| ('1'..='9').contains(&c)) && !uncertainty.contains('e') && !number.contains('e')
    });
    let (uncertainty, rest) =
        uncertainty.map_or((String::new(), rest), |(number, rest)| (format!(" \\pm {number}"), rest));
    (!rest.starts_with(char::is_alphanumeric)).then(|| (format!("{below}{minus}{number}{uncertainty}"), rest))
}

/// Digits, a point among them, an exponent after them.
fn unsigned(text: &str) -> Option<(&str, &str)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut end = digits(text);
    if end == 0 {
        return None;
    }
    let fraction = text[end..].strip_prefix('.').map_or(0, digits);
    if fraction > 0 {
        end += 1 + fraction;
    }
    if let Some(power) = text[end..].strip_prefix('e') {
        let sign = usize::from(power.starts_with('-'));
        let power = digits(&power[sign..]);
        if power > 0 {
            end += 1 + sign + power;
        }
    }
    Some(text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_form_that_siunitx_parses() {
        for (cell, latex) in [
            ("0.250", "\\num{0.250}"),
            ("−12.3 ± 1.5", "\\num{-12.3 \\pm 1.5}"),
            ("5.00 ± 0", "\\num{5.00} $\\pm$ \\num{0}"),
            ("2.3e-7", "\\num{2.3e-7}"),
            ("7.4e-4 ± 6.7e-4", "\\num{7.4e-4} $\\pm$ \\num{6.7e-4}"),
            ("< 1e-300", "\\num{< 1e-300}"),
            ("< 0.1", "\\num{< 0.1}"),
            ("-2", "\\num{-2}"),
            ("80.3 (4)", "\\num{80.3} (\\num{4})"),
            ("0.31 [−0.25, 0.36]", "\\num{0.31} {[}\\num{-0.25}, \\num{0.36}{]}"),
            ("0.1 to 1e-4", "\\num{0.1} to \\num{1e-4}"),
        ] {
            assert_eq!(cells(cell), latex, "{cell}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_stays_words() {
        for (cell, latex) in
            [("–", "--"), ("", ""), ("NaN", "NaN"), ("inf", "inf"), ("a1e5", "a1e5"), ("1e5f", "1e5f"), ("5th", "5th")]
        {
            assert_eq!(cells(cell), latex, "{cell}");
        }
    }
}
