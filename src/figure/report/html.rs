//! The elements of a page.

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

/// Words of a card, whose marks are those of Markdown: code, and lines.
pub fn marked(words: &str) -> String {
    let line = |line: &str| {
        let parts = line.split('`').enumerate();
        let part = |(i, part): (usize, &str)| {
            let part = escaped(&part.replace("\\|", "|"));
            if i % 2 == 1 { format!("<code>{part}</code>") } else { part }
        };
        parts.map(part).collect::<String>()
    };
    words.split("<br>").map(line).collect::<Vec<_>>().join("<br>")
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
        assert_eq!(marked("a `<b>` c\\|d<br>e"), "a <code>&lt;b&gt;</code> c|d<br>e");
    }

    #[test]
    fn numbers_stand_right() {
        let heads = [("mode".to_owned(), true), ("p".to_owned(), false)];
        let html = table("Damage", &heads, &[vec!["angular".to_owned(), "< 0.05".to_owned()]], "1 % of δ.");
        assert!(html.contains("<th scope=\"col\">mode</th><th scope=\"col\" class=\"number\">p</th>"), "{html}");
        assert!(html.contains("<td>angular</td><td class=\"number\">&lt; 0.05</td>"), "{html}");
    }
}
