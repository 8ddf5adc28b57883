//! Words as LaTeX reads them.

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
    use super::*;

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
}
