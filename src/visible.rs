//! Text of others, made safe to look at: what a terminal would obey and what cannot be seen is written out.
//!
//! Names, paths and texts may hold anything. Sent to a terminal as they are, some of it moves the cursor, changes the title
//! or hides what came before; other signs are invisible or turn the order of letters round. Here `\u{1b}` stands for such a
//! sign, by its number in Unicode.

use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write;

/// Whether `sign` is obeyed or cannot be seen: control characters, marks that turn the direction of writing, signs without
/// width that no language needs, tags. New lines and tabs are not among them.
fn is_hidden(sign: char) -> bool {
    let control = sign.is_control() && !matches!(sign, '\n' | '\t');
    control
        || matches!(
            sign,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

fn written(text: &str, is_hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match sign {
            sign if is_hidden(sign) => out.extend(sign.escape_unicode()),
            sign => out.push(sign),
        }
    }
    Cow::Owned(out)
}

/// `text`, of which new lines and tabs stay.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    written(text, is_hidden)
}

/// `text` on one line.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    written(text, |sign| sign.is_control() || is_hidden(sign))
}

/// `value` as JSON over several lines. Its strings are the same to whoever reads it: what is hidden is escaped as JSON has it.
#[must_use]
pub fn json(value: &Value) -> String {
    let text = format!("{value:#}\n");
    if !text.contains(is_hidden) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        if is_hidden(sign) {
            for unit in sign.encode_utf16(&mut [0; 2]) {
                // Nothing fails that is written to memory.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(sign);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A title that is set, a screen that is cleared, C1, DEL, an override, a zero-width space, a tag.
    const HOSTILE: &str = "a\u{1b}]0;title\u{7}\u{9b}2J\u{7f}\r\u{202e}b\u{200b}\u{e0041}";

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        assert_eq!(visible(HOSTILE), "a\\u{1b}]0;title\\u{7}\\u{9b}2J\\u{7f}\\u{d}\\u{202e}b\\u{200b}\\u{e0041}");
        assert_eq!(visible("two\n\tlines"), "two\n\tlines");
        assert_eq!(line("two\n\tlines"), "two\\u{a}\\u{9}lines");
        // What languages are written with stays: accents, joiners of Persian and of emoji, right-to-left letters.
        for plain in ["δ ≤ 5 ‖h‖", "e\u{301}", "می\u{200c}خواهم", "👩\u{200d}🔬", "שלום", "模型", "soft\u{ad}hyphen"]
        {
            assert!(matches!(visible(plain), Cow::Borrowed(same) if same == plain), "{plain}");
        }
    }

    #[test]
    fn json_keeps_its_content() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE, "plain"], "δ": "模" });
        let text = json(&value);
        assert!(!text.contains(is_hidden) && text.contains("\\u202e") && text.contains("\\udb40\\udc41"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(json(&serde_json::json!({ "δ": 1 })), "{\n  \"δ\": 1\n}\n");
    }
}
