//! The elements of a page.

use crate::figure::card::{Piece, Words};
pub use crate::figure::scene::escaped;

/// A list that is being made.
#[derive(Default)]
pub struct List(Vec<String>);

impl List {
    /// Adds an entry, which is HTML.
    pub fn add(&mut self, entry: &str) {
        self.0.push(format!("<li>{entry}</li>\n"));
    }

    /// The list; nothing where it has no entries.
    pub fn written(&self) -> String {
        if self.0.is_empty() { String::new() } else { format!("<ul>\n{}</ul>\n", self.0.concat()) }
    }
}

/// Words of a card.
pub fn words(words: &Words) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(words) => escaped(words),
        Piece::Code(words) => format!("<code>{}</code>", escaped(words)),
    };
    words.iter().map(|line| line.iter().map(piece).collect::<String>()).collect::<Vec<_>>().join("<br>")
}

/// The table `name` with its caption; `heads` says of each column whether it holds words.
pub fn table(name: &str, heads: &[(String, bool)], rows: &[Vec<String>], caption: &str) -> String {
    let class = |is_text: bool| if is_text { "" } else { " class=\"number\"" };
    let head =
        |(head, is_text): &(String, bool)| format!("<th scope=\"col\"{}>{}</th>", class(*is_text), escaped(head));
    let head = heads.iter().map(head).collect::<Vec<_>>().concat();
    let cell = |(i, cell): (usize, &String)| {
        let is_text = heads.get(i).is_none_or(|(_, is_text)| *is_text);
        format!("<td{}>{}</td>", class(is_text), escaped(cell))
    };
    let row = |row: &Vec<String>| format!("<tr>{}</tr>\n", row.iter().enumerate().map(cell).collect::<String>());
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table>\n<caption>{}</caption>\n<thead>\n<tr>{head}</tr>\n\
         </thead>\n<tbody>\n{}</tbody>\n</table>\n</div>\n",
        escaped(name),
        escaped(caption),
        rows.iter().map(row).collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_means_nothing_to_the_page() {
        assert_eq!(escaped("<script> & \"x\""), "&lt;script&gt; &amp; &quot;x&quot;");
        let lines = vec![
            vec![Piece::Plain("a ".to_owned()), Piece::Code("<b>".to_owned()), Piece::Plain(" c|d".to_owned())],
            vec![Piece::Plain("e".to_owned())],
        ];
        assert_eq!(words(&lines), "a <code>&lt;b&gt;</code> c|d<br>e");
        assert_eq!(escaped("\u{9b}\u{202e}x\u{1}"), "\\u{9b}\\u{202e}x\\u{1}");
    }

    #[test]
    fn numbers_stand_right() {
        let heads = [("mode".to_owned(), true), ("p".to_owned(), false)];
        let html = table("Damage", &heads, &[vec!["angular".to_owned(), "< 0.05".to_owned()]], "1 % of δ.");
        assert!(html.contains("<th scope=\"col\">mode</th><th scope=\"col\" class=\"number\">p</th>"), "{html}");
        assert!(html.contains("<td>angular</td><td class=\"number\">&lt; 0.05</td>"), "{html}");
    }
}
