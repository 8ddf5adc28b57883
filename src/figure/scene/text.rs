//! Words in a scene.

use super::fonts::{self, BELOW, CAPITAL, Drawn, Weight};
use super::{Point, Rect, Rgb};
use crate::visible;

/// Words on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The words.
    pub words: String,
    /// Where they stand; `anchor` says which point of them that is.
    pub at: Point,
    /// Which end of them.
    pub anchor: Anchor,
    /// Height of the type, points.
    pub size: f64,
    /// How heavy they are.
    pub weight: Weight,
    /// Their colour.
    pub ink: Rgb,
    /// Whether they run upwards, turned about `at`.
    pub upright: bool,
}

/// Which end of words stands at their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The first letter.
    Start,
    /// The middle.
    Middle,
    /// The last letter.
    End,
}

/// Letters that one font draws, or a letter that none has.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// How it is drawn.
    pub drawn: Drawn,
    /// The letters.
    pub words: String,
    /// Where it begins, points from the begin of the text.
    pub start: f64,
}

impl Text {
    /// `words` on the line through `at`; what is hidden in them is written out.
    #[must_use]
    pub fn new(words: impl Into<String>, at: Point, anchor: Anchor, size: f64, ink: Rgb) -> Self {
        let words = visible::line(&words.into()).into_owned();
        Self { words, at, anchor, size, weight: Weight::Regular, ink, upright: false }
    }

    /// The same, in bold letters.
    #[must_use]
    pub fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    /// The same, upwards.
    #[must_use]
    pub fn upwards(self) -> Self {
        Self { upright: true, ..self }
    }

    /// The same with the middle of its capitals where its line was.
    #[must_use]
    pub fn centred(self) -> Self {
        self.lowered(CAPITAL / 2.0)
    }

    /// The same with the top of its capitals where its line was.
    #[must_use]
    pub fn below(self) -> Self {
        self.lowered(CAPITAL)
    }

    fn lowered(self, by: f64) -> Self {
        let [x, y] = self.at;
        let by = by * self.size;
        let at = if self.upright { [x + by, y] } else { [x, y + by] };
        Self { at, ..self }
    }

    /// Its width, points.
    #[must_use]
    pub fn width(&self) -> f64 {
        fonts::width(&self.words, self.size, self.weight)
    }

    /// How far its begin lies before its place, points.
    #[must_use]
    pub fn before(&self) -> f64 {
        match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => self.width() / 2.0,
            Anchor::End => self.width(),
        }
    }

    /// The rectangle of its capitals and of what hangs below them.
    #[must_use]
    pub fn bounds(&self) -> Rect {
        let (width, [x, y]) = (self.width(), self.at);
        let (above, below) = (CAPITAL * self.size, BELOW * self.size);
        if self.upright {
            Rect::new(x - above, y + self.before() - width, above + below, width)
        } else {
            Rect::new(x - self.before(), y - above, width, above + below)
        }
    }

    /// Its letters, by the font that draws them.
    #[must_use]
    pub fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0.0;
        for letter in self.words.chars() {
            let drawn = fonts::drawn(letter, self.weight);
            match runs.last_mut().filter(|run| run.drawn == drawn && drawn != Drawn::Boxed) {
                Some(run) => run.words.push(letter),
                None => runs.push(Run { drawn, words: letter.to_string(), start: at }),
            }
            at += fonts::letter_width(letter, self.weight) * self.size;
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_shared_out_among_fonts() {
        let text = Text::new("δ∇模", [0.0; 2], Anchor::Start, 10.0, [0; 3]);
        let runs = text.runs();
        let words: Vec<&str> = runs.iter().map(|run| run.words.as_str()).collect();
        assert_eq!(words, ["δ", "∇", "模"]);
        assert_eq!(runs[2].drawn, Drawn::Boxed);
        assert!(runs[1].start > 4.0 && runs[2].start > runs[1].start);
    }

    #[test]
    fn bounds_follow_the_anchor() {
        let text = |anchor| Text::new("nats", [50.0, 20.0], anchor, 10.0, [0; 3]);
        let width = text(Anchor::Start).width();
        assert_eq!(text(Anchor::Start).bounds().x, 50.0);
        assert!((text(Anchor::End).bounds().right() - 50.0).abs() < 1e-9);
        let upwards = text(Anchor::Middle).upwards().bounds();
        assert!((upwards.y - (20.0 - width / 2.0)).abs() < 1e-9 && (upwards.height - width).abs() < 1e-9);
        assert!((text(Anchor::Start).centred().bounds().y - (20.0 - 3.635)).abs() < 1e-9);
    }
}
