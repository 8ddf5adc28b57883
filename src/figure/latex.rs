//! A table for a paper: LaTeX that compiles as it is, with booktabs, and graphicx where it is wider than a line.

use super::table::Table;

/// Words of a cell that are longer wrap within their column.
const LONG: usize = 36;

/// More rows do not fit on a page.
const PAGE: usize = 45;

/// Letters that fit beside each other: of the document's size, and of footnotes with columns close together.
const FIT: [usize; 2] = [64, 78];

/// `table` as a float with caption and label.
#[must_use]
pub fn table(table: &Table) -> String {
    let long = |i: usize| table.rows.iter().any(|row| row.get(i).is_some_and(|cell| cell.chars().count() > LONG));
    let wrapped = (0..table.columns.len()).filter(|i| table.columns[*i].is_text && long(*i)).count();
    let share = 0.6 / wrapped.max(1) as f64;
    let side = |(i, column): (usize, &super::Column)| match column.is_text {
        true if long(i) => format!("p{{{share:.2}\\linewidth}}"),
        true => "l".to_owned(),
        false => "r".to_owned(),
    };
    let sides: String = table.columns.iter().enumerate().map(side).collect();
    let line = |cells: Vec<String>| format!("    {} \\\\\n", cells.join(" & "));
    let heads = line((0..table.columns.len()).map(|i| stacked(table, i)).collect());
    let rows: String = table.rows.iter().map(|row| line(row.iter().map(|cell| escaped(cell)).collect())).collect();
    let width = width(table);
    let (mut packages, mut notes, mut size) = ("booktabs", String::new(), "");
    let (mut open, mut close) = ("", "");
    if width > FIT[1] {
        packages = "booktabs,graphicx";
        notes += "% Wide, so it is scaled to the line; with fewer columns it reads better.\n";
        (open, close) = ("  \\resizebox{\\linewidth}{!}{%\n", "}");
    } else if width > FIT[0] {
        size = "  \\footnotesize\n  \\setlength{\\tabcolsep}{3pt}\n";
    }
    if table.rows.len() > PAGE {
        notes += "% More rows than a page holds: the package longtable, or fewer rows, mends that.\n";
    }
    format!(
        "% needs \\usepackage{{{packages}}}\n{notes}\\begin{{table}}\n  \\centering\n  \\caption{{{}}}\n  \
         \\label{{tab:{}}}\n  \\medskip\n{size}{open}  \\begin{{tabular}}{{{sides}}}\n    \\toprule\n{heads}    \\midrule\n{rows}    \
         \\bottomrule\n  \\end{{tabular}}{close}\n\\end{{table}}\n",
        escaped(&table.caption),
        table.id.replace('_', "-"),
    )
}

/// Letters of the longest cell of a column; words wrap.
fn longest(table: &Table, i: usize) -> usize {
    let cells = table.rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count());
    let longest = cells.max().unwrap_or(0);
    if table.columns[i].is_text { longest.min(LONG) } else { longest }
}

/// The head of a column, over as many lines as keep it no wider than its cells, where its words allow.
fn head(table: &Table, i: usize) -> Vec<String> {
    let room = longest(table, i).max(14);
    let mut lines: Vec<String> = Vec::new();
    for word in table.columns[i].head.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The same in LaTeX.
fn stacked(table: &Table, i: usize) -> String {
    let lines: Vec<String> = head(table, i).iter().map(|line| escaped(line)).collect();
    let side = if table.columns[i].is_text { "l" } else { "r" };
    if lines.len() > 1 { format!("\\shortstack[{side}]{{{}}}", lines.join("\\\\")) } else { lines.concat() }
}

/// Letters of the longest cells beside each other, with the room between them.
fn width(table: &Table) -> usize {
    let column = |i: usize| {
        let heads = head(table, i).iter().map(|line| line.chars().count()).max().unwrap_or(0);
        2 + longest(table, i).max(heads)
    };
    (0..table.columns.len()).map(column).sum()
}

/// `text` as LaTeX reads it: letters as they are, signs as commands, 2.3e-7 as a power of ten.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit()
            && !before.is_alphanumeric()
            && before != '.'
            && let Some((mantissa, power, after)) = scientific(rest)
        {
            out.push_str(&format!("${mantissa} \\times 10^{{{power}}}$"));
            rest = after;
            before = '0';
            continue;
        }
        // A percent sign stays with its number.
        if rest.starts_with(" %") {
            out.push('~');
        } else {
            sign(first, &mut out);
        }
        before = first;
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// The number at the beginning of `text` where it is written with an exponent: mantissa, power, and what comes after.
fn scientific(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (mantissa, rest) = text.split_at(end);
    let rest = rest.strip_prefix('e')?;
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    let count = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (power, after) = rest.split_at(rest.len() - digits.len() + count);
    (count > 0 && !after.starts_with(char::is_alphabetic)).then_some((mantissa, power, after))
}

/// Adds one letter or sign to `out`.
fn sign(sign: char, out: &mut String) {
    if let Some((_, command)) = SIGNS.iter().find(|(known, _)| *known == sign) {
        out.push_str(command);
    } else if sign.is_control() {
        out.push(' ');
    } else if sign <= '\u{17f}' {
        // What the standard fonts have.
        out.push(sign);
    } else {
        out.push_str(&format!("\\texttt{{U+{:04X}}}", u32::from(sign)));
    }
}

/// What has a meaning in LaTeX, or is not in its fonts. Brackets and stars are in braces, for they mean something after
/// the end of a row.
const SIGNS: &[(char, &str)] = &[
    ('\\', "\\textbackslash{}"),
    ('{', "\\{"),
    ('}', "\\}"),
    ('$', "\\$"),
    ('&', "\\&"),
    ('%', "\\%"),
    ('#', "\\#"),
    ('_', "\\_"),
    ('~', "\\textasciitilde{}"),
    ('^', "\\textasciicircum{}"),
    ('[', "{[}"),
    (']', "{]}"),
    ('*', "{*}"),
    ('<', "$<$"),
    ('>', "$>$"),
    ('|', "$|$"),
    ('"', "''"),
    ('“', "``"),
    ('”', "''"),
    ('‘', "`"),
    ('’', "'"),
    ('–', "--"),
    ('—', "---"),
    ('−', "$-$"),
    ('…', "\\ldots{}"),
    ('±', "$\\pm$"),
    ('×', "$\\times$"),
    ('·', "$\\cdot$"),
    ('÷', "$\\div$"),
    ('√', "$\\surd$"),
    ('∞', "$\\infty$"),
    ('≈', "$\\approx$"),
    ('≠', "$\\neq$"),
    ('≤', "$\\leq$"),
    ('≥', "$\\geq$"),
    ('→', "$\\to$"),
    ('‖', "$\\|$"),
    ('∑', "$\\sum$"),
    ('∏', "$\\prod$"),
    ('∈', "$\\in$"),
    ('°', "$^\\circ$"),
    ('′', "$'$"),
    ('¹', "$^1$"),
    ('²', "$^2$"),
    ('³', "$^3$"),
    ('⁴', "$^4$"),
    ('ⁿ', "$^n$"),
    ('₀', "$_0$"),
    ('₁', "$_1$"),
    ('₂', "$_2$"),
    ('₃', "$_3$"),
    ('₄', "$_4$"),
    ('₅', "$_5$"),
    ('₆', "$_6$"),
    ('₇', "$_7$"),
    ('₈', "$_8$"),
    ('₉', "$_9$"),
    ('ₐ', "$_a$"),
    ('ₙ', "$_n$"),
    ('½', "$\\frac{1}{2}$"),
    ('¼', "$\\frac{1}{4}$"),
    ('α', "$\\alpha$"),
    ('β', "$\\beta$"),
    ('γ', "$\\gamma$"),
    ('δ', "$\\delta$"),
    ('Δ', "$\\Delta$"),
    ('ε', "$\\varepsilon$"),
    ('η', "$\\eta$"),
    ('θ', "$\\theta$"),
    ('λ', "$\\lambda$"),
    ('μ', "$\\mu$"),
    ('µ', "$\\mu$"),
    ('ν', "$\\nu$"),
    ('π', "$\\pi$"),
    ('ρ', "$\\rho$"),
    ('σ', "$\\sigma$"),
    ('Σ', "$\\Sigma$"),
    ('τ', "$\\tau$"),
    ('φ', "$\\varphi$"),
    ('Φ', "$\\Phi$"),
    ('χ', "$\\chi$"),
    ('ψ', "$\\psi$"),
    ('ω', "$\\omega$"),
    ('\u{a0}', "~"),
    ('\u{2009}', "\\,"),
    ('\u{202f}', "\\,"),
];

#[cfg(test)]
mod tests {
    use super::super::table::Rows;
    use super::*;
    use serde_json::Map;

    #[test]
    fn what_means_something_in_latex_is_escaped() {
        assert_eq!(escaped("50 % & a_b #1 $x$ {y}"), "50~\\% \\& a\\_b \\#1 \\$x\\$ \\{y\\}");
        assert_eq!(escaped("a\\b ~ ^"), "a\\textbackslash{}b \\textasciitilde{} \\textasciicircum{}");
        assert_eq!(escaped("δ ≤ 5 × Δ → −1 ± 2"), "$\\delta$ $\\leq$ 5 $\\times$ $\\Delta$ $\\to$ $-$1 $\\pm$ 2");
        assert_eq!(escaped("< 0.1, [1, 2] **"), "$<$ 0.1, {[}1, 2{]} {*}{*}");
        assert_eq!(escaped("Übung “layers 2–5”"), "Übung ``layers 2--5''");
        assert_eq!(escaped("模"), "\\texttt{U+6A21}");
    }

    #[test]
    fn exponents_become_powers_of_ten() {
        assert_eq!(escaped("2.3e-7"), "$2.3 \\times 10^{-7}$");
        assert_eq!(escaped("−4.7 [1.0e-4, 2e3]"), "$-$4.7 {[}$1.0 \\times 10^{-4}$, $2 \\times 10^{3}${]}");
        assert_eq!(escaped("< 1e-300"), "$<$ $1 \\times 10^{-300}$");
        // What only looks like one: a hash, a name, a version.
        for same in ["a1e5", "1e5f", "5 each", "v1.2e", "3e-"] {
            assert_eq!(escaped(same), same);
        }
    }

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
        assert!(latex.starts_with("% needs \\usepackage{booktabs}\n\\begin{table}\n"), "{latex}");
        assert!(latex.contains("\\caption{100~\\% of $\\delta$.}\n  \\label{tab:norm-repair}"), "{latex}");
        assert!(latex.contains("\\begin{tabular}{lrp{0.60\\linewidth}}\n    \\toprule\n    mode & \\shortstack[r]{p\\_x (fraction\\\\of everything)} & why \\\\\n"));
        assert!(latex.contains("    \\midrule\n    angular & 0.250 & words"), "{latex}");
    }
}
