//! A scene as SVG: one element for each shape, text as text in fonts that the file brings, or as outlines.

use super::fonts::{Drawn, FONTS, Font};
use super::geometry::number;
use super::outline;
use super::text::{Anchor, Run, Text};
use super::{Item, Paint, Point, Rect, Rgb, Scene, Shape};
use crate::visible::visible;
use std::fmt::Write as _;

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// As text, in fonts that the file brings, cut to the letters that it shows.
    Embedded,
    /// As text, in fonts that the reader has, or that the page around it brings.
    Named,
    /// As outlines, which look the same everywhere and cannot be searched.
    Outlines,
}

impl Scene {
    /// It as an SVG file. The same scene gives the same bytes.
    #[must_use]
    pub fn svg(&self, letters: Letters) -> String {
        let (title, description) = (escaped(&self.title), escaped(&self.description));
        let style = if letters == Letters::Embedded { style(&faces(std::iter::once(self))) } else { String::new() };
        let head = format!(" role=\"img\">\n<title>{title}</title>\n<desc>{description}</desc>\n{style}");
        self.written(letters, &head, "")
    }

    /// It as an element of a page, which brings the fonts ([`faces`]) and says what stands below it. `name` tells it from
    /// others of the page.
    #[must_use]
    pub fn inline(&self, name: &str) -> String {
        let head = format!(" role=\"img\" aria-label=\"{}\">\n", escaped(&self.title));
        self.written(Letters::Named, &head, &format!("{name}-"))
    }

    /// `head` is what comes after the size, `before` what ids begin with.
    fn written(&self, letters: Letters, head: &str, before: &str) -> String {
        let (width, height) = (number(self.width), number(self.height));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" viewBox=\"0 0 {width} {height}\"{head}"
        );
        let clips = self.clips();
        for (i, clip) in clips.iter().enumerate() {
            let _ = writeln!(out, "<clipPath id=\"{before}c{i}\">{}</clipPath>", rect(clip, ""));
        }
        let _ = writeln!(out, "<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>");
        let mut open: Option<usize> = None;
        for item in &self.items {
            let clip = item.clip.and_then(|clip| clips.iter().position(|known| *known == clip));
            if clip != open {
                out += if open.is_some() { "</g>\n" } else { "" };
                if let Some(clip) = clip {
                    let _ = writeln!(out, "<g clip-path=\"url(#{before}c{clip})\">");
                }
                open = clip;
            }
            element(&mut out, item, letters);
        }
        out += if open.is_some() { "</g>\n</svg>\n" } else { "</svg>\n" };
        out
    }

    /// The places that something is seen through, each once.
    fn clips(&self) -> Vec<Rect> {
        let mut clips: Vec<Rect> = Vec::new();
        for clip in self.items.iter().filter_map(|item| item.clip) {
            if !clips.contains(&clip) {
                clips.push(clip);
            }
        }
        clips
    }

    /// The letters that are drawn by the font of this number.
    fn letters_of(&self, font: usize) -> Vec<char> {
        let texts =
            self.items.iter().filter_map(|item| if let Shape::Text(text) = &item.shape { Some(text) } else { None });
        let runs = texts.flat_map(Text::runs).filter(|run| run.drawn == Drawn::By(font));
        runs.flat_map(|run| run.words.chars().collect::<Vec<_>>()).collect()
    }
}

/// The rules that bring the letters of `scenes` to a page: fonts cut to what is shown.
#[must_use]
pub fn faces<'a>(scenes: impl Iterator<Item = &'a Scene>) -> String {
    let scenes: Vec<&Scene> = scenes.collect();
    let mut faces = String::new();
    for (i, font) in FONTS.iter().enumerate() {
        let mut letters: Vec<char> = scenes.iter().flat_map(|scene| scene.letters_of(i)).collect();
        if i == 0 {
            // A box shows its code point in letters of its own.
            letters.extend("0123456789ABCDEF".chars());
        }
        letters.sort_unstable();
        letters.dedup();
        faces += &face(font, &letters.into_iter().collect::<String>());
    }
    faces
}

fn style(faces: &str) -> String {
    if faces.is_empty() { String::new() } else { format!("<style>\n{faces}</style>\n") }
}

/// The rule that brings `letters` of `font`; empty where there are none.
fn face(font: &Font, letters: &str) -> String {
    use base64::Engine as _;
    let Some(cut) = Some(letters).filter(|letters| !letters.is_empty()).and_then(|letters| font.cut_to(letters)) else {
        return String::new();
    };
    let data = base64::engine::general_purpose::STANDARD.encode(cut);
    format!(
        "@font-face{{font-family:\"{}\";font-weight:{};src:url(\"data:font/ttf;base64,{data}\")}}\n",
        font.family, font.weight
    )
}

fn element(out: &mut String, item: &Item, letters: Letters) {
    match &item.shape {
        Shape::Path { points, closed, paint } => {
            let _ = writeln!(out, "<path d=\"{}\"{}/>", path(points, *closed), attributes(paint));
        }
        Shape::Rect(area, paint) => {
            let _ = writeln!(out, "{}", rect(area, &attributes(paint)));
        }
        Shape::Circle([x, y], radius, paint) => {
            let (x, y, radius) = (number(*x), number(*y), number(*radius));
            let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{}/>", attributes(paint));
        }
        Shape::Text(text) => words(out, text, letters),
    }
}

fn path(points: &[Point], closed: bool) -> String {
    let mut d = String::with_capacity(12 * points.len());
    for (i, [x, y]) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if i == 0 { "M" } else { "L" }, number(*x), number(*y));
    }
    if closed {
        d.push('Z');
    }
    d
}

fn rect(area: &Rect, attributes: &str) -> String {
    let Rect { x, y, width, height } = *area;
    let [x, y, width, height] = [x, y, width, height].map(number);
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{attributes}/>")
}

fn attributes(paint: &Paint) -> String {
    let mut out = String::new();
    match paint.fill {
        Some(fill) => {
            let _ = write!(out, " fill=\"{}\"", colour(fill));
        }
        None => out += " fill=\"none\"",
    }
    if let Some(opacity) = paint.opacity {
        let _ = write!(out, " fill-opacity=\"{}\"", number(opacity));
    }
    if let Some(stroke) = paint.stroke {
        let _ = write!(out, " stroke=\"{}\" stroke-width=\"{}\"", colour(stroke), number(paint.width));
    }
    if !paint.dashes.is_empty() {
        let dashes: Vec<String> = paint.dashes.iter().map(|dash| number(*dash)).collect();
        let _ = write!(out, " stroke-dasharray=\"{}\"", dashes.join(" "));
    }
    out
}

/// `#rrggbb`.
fn colour([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn words(out: &mut String, text: &Text, letters: Letters) {
    let [x, y] = text.at;
    let turned =
        if text.upright { format!(" transform=\"rotate(-90 {} {})\"", number(x), number(y)) } else { String::new() };
    if letters == Letters::Outlines {
        let start = [x - text.before(), y];
        let d: String = text.runs().iter().map(|run| outline::of(run, text, start)).collect();
        let _ = writeln!(out, "<path d=\"{d}\" fill=\"{}\"{turned}/>", colour(text.ink));
    } else if text.runs().iter().any(|run| run.drawn == Drawn::Boxed) {
        // Boxes have places, so all that stands beside them has, too.
        let _ = writeln!(out, "<g{turned}>");
        for run in text.runs() {
            let at = [x - text.before() + run.start, y];
            if run.drawn == Drawn::Boxed {
                boxed(out, &run, text, at);
            } else {
                let _ = writeln!(out, "<text{}>{}</text>", type_of(text, at, Anchor::Start), span(&run, text));
            }
        }
        out.push_str("</g>\n");
    } else {
        let spans: String = text.runs().iter().map(|run| span(run, text)).collect();
        let _ = writeln!(out, "<text{}{turned}>{spans}</text>", type_of(text, text.at, text.anchor));
    }
}

fn type_of(text: &Text, at: Point, anchor: Anchor) -> String {
    let own = &FONTS[usize::from(text.weight == super::Weight::Bold)];
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if own.weight == 400 { String::new() } else { format!(" font-weight=\"{}\"", own.weight) };
    format!(
        " x=\"{}\" y=\"{}\"{anchor} font-family=\"{}\" font-size=\"{}\"{weight} fill=\"{}\" xml:space=\"preserve\"",
        number(at[0]),
        number(at[1]),
        own.family,
        number(text.size),
        colour(text.ink)
    )
}

fn span(run: &Run, text: &Text) -> String {
    let own = usize::from(text.weight == super::Weight::Bold);
    match run.drawn {
        Drawn::By(font) if font != own => {
            let font = &FONTS[font];
            let (family, weight) = (font.family, font.weight);
            format!("<tspan font-family=\"{family}\" font-weight=\"{weight}\">{}</tspan>", escaped(&run.words))
        }
        _ => escaped(&run.words),
    }
}

/// A letter that no font has, as a box with its code point in two lines.
fn boxed(out: &mut String, run: &Run, text: &Text, at: Point) {
    let (frame, lines) = outline::code_box(run, text, at);
    let _ = writeln!(out, "{}", rect(&frame, &attributes(&Paint::line(text.ink, 0.06 * text.size))));
    for line in lines {
        words(out, &line, Letters::Named);
    }
}

/// `text` as XML reads it; what is hidden is written out, and what XML has no place for becomes a question mark.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::*;

    fn scene(words: &str) -> Scene {
        let mut scene = Scene::new(100.0, 50.0);
        scene.title = "a < b & \"c\"".to_owned();
        scene.words(Text::new(words, [50.0, 25.0], Anchor::Middle, 8.0, [0; 3]));
        scene.add_within(
            Role::Mark,
            Shape::Circle([5.0, 5.0], 2.5, Paint::fill([194, 65, 12])),
            Rect::new(0.0, 0.0, 9.0, 9.0),
        );
        scene
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.5, -0.0001, 12.34567, 100.0].map(number), ["1", "0.5", "0", "12.346", "100"]);
    }

    #[test]
    fn the_root_has_its_size_in_points_and_what_is_said_is_escaped() {
        let svg = scene("δ < 5").svg(Letters::Named);
        assert!(svg.starts_with(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100pt\" height=\"50pt\" viewBox=\"0 0 100 50\""
        ));
        assert!(
            svg.contains("<title>a &lt; b &amp; &quot;c&quot;</title>") && svg.contains(">δ &lt; 5</text>"),
            "{svg}"
        );
        assert!(svg.contains(
            "<g clip-path=\"url(#c0)\">\n<circle cx=\"5\" cy=\"5\" r=\"2.5\" fill=\"#c2410c\"/>\n</g>\n</svg>"
        ));
        assert!(!svg.contains("font-face"));
    }

    #[test]
    fn a_file_brings_the_letters_that_it_shows() {
        let svg = scene("δ ∇").svg(Letters::Embedded);
        assert_eq!(svg.matches("@font-face").count(), 2, "one for letters, one for symbols");
        assert!(svg.contains("δ <tspan font-family=\"DejaVu Sans\" font-weight=\"400\">∇</tspan></text>"), "{svg}");
        assert!(svg.len() < 40_000, "{}", svg.len());
        assert_eq!(svg, scene("δ ∇").svg(Letters::Embedded));
    }

    #[test]
    fn letters_that_no_font_has_become_boxes_with_their_code_point() {
        let svg = scene("a模b").svg(Letters::Named);
        assert!(svg.contains(">6A<") && svg.contains(">21<") && !svg.contains('模'), "{svg}");
        let outlines = scene("a模b").svg(Letters::Outlines);
        assert!(!outlines.contains("<text"), "{outlines}");
    }
}
