//! Words in Markdown, which mean nothing to it: no HTML, no links, no further cells.

use crate::visible::visible;

/// `text` in a cell, a caption or a heading, on one line.
#[must_use]
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in visible(text).chars() {
        match sign {
            '\n' | '\t' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '|' | '[' | '`' => out.extend(['\\', sign]),
            _ => out.push(sign),
        }
    }
    out
}

/// `text` in a cell: numbers, intervals in brackets among them, stay as they are.
#[must_use]
pub fn cell(words: &str) -> String {
    let is_of_number = |c: char| c.is_ascii_digit() || " .,e+-−–±≤<[]()".contains(c);
    if words.chars().all(is_of_number) { words.to_owned() } else { text(words) }
}

/// `words` as code; as text where they hold what code cannot.
#[must_use]
pub fn code(words: &str) -> String {
    if words.is_empty() || words.contains(['`', '|', '\n', '\t']) {
        return text(words);
    }
    format!("`{}`", visible(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_means_anything() {
        assert_eq!(text("a | b\nc"), "a \\| b c");
        assert_eq!(text("<img src=x onerror=y> & [a](b)"), "&lt;img src=x onerror=y&gt; &amp; \\[a](b)");
        assert_eq!(text("a\\|b `c`"), "a\\\\\\|b \\`c\\`");
        assert_eq!(text("\u{1b}[2J"), "\\\\u{1b}\\[2J");
        for number in ["0.37 ± 0.01", "−4.7 [1.0e-4, 2e3]", "< 1e-300", "≤ 2.0e-4", "–"] {
            assert_eq!(cell(number), number);
        }
        assert_eq!(cell("< 0.1 %"), "&lt; 0.1 %");
        assert_eq!(code("[\"a\", 1]"), "`[\"a\", 1]`");
        assert_eq!(code("<b>\u{7}"), "`<b>\\u{7}`");
        assert_eq!(code("a`b|c"), "a\\`b\\|c");
        assert_eq!(text("δ ≤ 5, ‖h‖ ± 2 % _of_ it"), "δ ≤ 5, ‖h‖ ± 2 % _of_ it");
    }
}
