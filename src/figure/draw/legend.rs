//! The legend of a figure: above its panels, where it covers nothing.

use super::chart::{SAMPLE, sample};
use crate::figure::picture::{Cues, Form};
use crate::figure::scene::{Anchor, Role, Scene, Text, Weight, width};
use crate::figure::style::{Style, TEXT};

/// An entry: the ways in which it is drawn, and what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// How it looks.
    pub cues: Cues,
    /// The forms that it is drawn in.
    pub forms: Vec<Form>,
    /// Whether its markers are hollow.
    pub is_hollow: bool,
    /// Its name.
    pub name: String,
}

/// Between an entry's samples and its name, and between entries, points.
const GAP: f64 = 4.0;
const BETWEEN: f64 = 14.0;

/// Adds an entry, or a form to the entry of this name.
pub fn add(entries: &mut Vec<Entry>, (cues, is_hollow): (Cues, bool), form: Form, name: &str) {
    // Bars are one form whatever their width, and a line with a band says more than one without.
    let form = if let Form::Bars(_) = form { Form::Bars(0.0) } else { form };
    match entries.iter_mut().find(|entry| entry.name == name) {
        Some(entry) => {
            let line = |form: &Form| !matches!(form, Form::Bars(_));
            match entry.forms.iter_mut().find(|known| line(known) == line(&form)) {
                Some(Form::Points) if form != Form::Points => entry.forms[0] = form,
                Some(_) => {}
                None => entry.forms.push(form),
            }
        }
        None => entries.push(Entry { cues, forms: vec![form], is_hollow, name: name.to_owned() }),
    }
}

fn room(entry: &Entry, style: &Style) -> f64 {
    let samples = entry.forms.len() as f64 * (SAMPLE + GAP);
    samples + width(&entry.name, style.small(), Weight::Regular)
}

/// The entries in lines no longer than `room` points.
fn lines<'a>(entries: &'a [Entry], style: &Style, most: f64) -> Vec<Vec<&'a Entry>> {
    let mut lines: Vec<Vec<&Entry>> = Vec::new();
    let mut left = 0.0;
    for entry in entries {
        let needed = room(entry, style);
        if let Some(line) = lines.last_mut().filter(|_| needed <= left) {
            line.push(entry);
        } else {
            lines.push(vec![entry]);
            left = most;
        }
        left -= needed + BETWEEN;
    }
    lines
}

/// How high the legend is, points.
#[must_use]
pub fn height(entries: &[Entry], style: &Style, most: f64) -> f64 {
    1.5 * style.small() * lines(entries, style, most).len() as f64
}

/// Draws it with its upper left corner at `at`, in lines no longer than `most` points.
pub fn draw(scene: &mut Scene, style: &Style, entries: &[Entry], [left, top]: [f64; 2], most: f64) {
    let first = scene.items.len();
    for (i, line) in lines(entries, style, most).into_iter().enumerate() {
        let y = top + (i as f64 + 0.5) * 1.5 * style.small();
        let mut x = left;
        for entry in line {
            for form in &entry.forms {
                sample(scene, style, entry.cues, *form, entry.is_hollow, [x, y]);
                x += SAMPLE + GAP;
            }
            let text = Text::new(&entry.name, [x, y], Anchor::Start, style.small(), TEXT).centred();
            x += text.width() + BETWEEN;
            scene.words(text);
        }
    }
    // Samples stand for no number.
    for item in scene.items[first..].iter_mut().filter(|item| item.role == Role::Mark) {
        item.role = Role::Aside;
    }
}
