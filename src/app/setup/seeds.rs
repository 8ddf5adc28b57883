//! The seeds: how many, or which.

use super::typed::{Form, Typed};
use super::{Around, Place, Trouble};
use crate::app::theme::palette;
use crate::app::widgets::row;
use crate::study::{Seeds, Setting, Study};
use egui::{RichText, Ui};

/// How seeds are written and read.
pub const FORM: Form<Seeds> = Form { write: written, read: parsed };

/// The text of the field, as it is typed.
#[derive(Default)]
pub struct SeedsField(Typed<Seeds>);

impl SeedsField {
    /// What is wrong with the text.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.0.error().map(|words| Trouble { place: Place::Seeds, words: words.to_owned() })
    }

    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, study: &mut Study, around: &mut Around) {
        let seeds = &mut study.perturbation.seeds;
        row(ui, "Seeds", Setting::Seeds.help(), |ui, label| {
            self.0.show(ui, seeds, &FORM, (label, 72.0));
            let words = match &*seeds {
                Seeds::Count(0) => String::new(),
                Seeds::Count(1) => "the seed 0".to_owned(),
                Seeds::Count(count) => format!("the seeds 0 to {}", count - 1),
                Seeds::List(list) if list.len() == 1 => "1 seed".to_owned(),
                Seeds::List(list) => format!("{} seeds", list.len()),
            };
            ui.label(RichText::new(words).small().color(palette(ui).muted));
        });
        around.remark(ui, Place::Seeds);
        row(ui, "Study seed", Setting::Seed.help(), |ui, label| {
            ui.add(egui::DragValue::new(&mut study.seed).range(0..=i64::MAX).clamp_existing_to_range(false))
                .labelled_by(label);
        });
    }
}

fn written(seeds: &Seeds) -> String {
    match seeds {
        Seeds::Count(count) => count.to_string(),
        Seeds::List(list) => {
            let list: Vec<String> = list.iter().map(u64::to_string).collect();
            // A comma tells a list of one from how many.
            if list.len() == 1 { format!("{},", list[0]) } else { list.join(", ") }
        }
    }
}

fn parsed(text: &str) -> Result<Seeds, String> {
    let trouble = |part: &str| format!("\"{part}\" is not a whole number; write how many (5) or which (0, 3, 7)");
    if !text.contains(',') {
        return text.trim().parse().map(Seeds::Count).map_err(|_| trouble(text.trim()));
    }
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(|_| trouble(part))).collect::<Result<_, _>>().map(Seeds::List)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for seeds in [Seeds::Count(5), Seeds::List(vec![3]), Seeds::List(vec![0, 7])] {
            assert_eq!(parsed(&written(&seeds)), Ok(seeds));
        }
        assert!(parsed("many").unwrap_err().contains("\"many\" is not a whole number"));
    }
}
