//! Which paradigms of a source of pairs are used.

use crate::app::widgets::{fold, note};
use crate::figure::counted;
use crate::visible;
use egui::{ScrollArea, TextEdit, Ui};

/// More of them than this are searched.
const AT_A_GLANCE: usize = 12;

/// What is looked for in a long list.
#[derive(Default)]
pub struct ParadigmsField {
    find: String,
}

impl ParadigmsField {
    /// Draws them, folded. `chosen` is empty where all of `known` are used.
    pub fn show(&mut self, ui: &mut Ui, chosen: &mut Vec<String>, known: &[(String, usize)]) {
        let summary = match chosen.len() {
            0 => format!("all {}", known.len()),
            chosen => format!("{chosen} of {}", known.len()),
        };
        fold(ui, "paradigms", "Paradigms", &summary, |ui| {
            let long = known.len() > AT_A_GLANCE;
            if long {
                self.search(ui, chosen, known);
            }
            if long {
                let list = ScrollArea::vertical().id_salt("paradigms").max_height(240.0).min_scrolled_height(240.0);
                list.auto_shrink([false, true]).show(ui, |ui| {
                    for (name, count) in known.iter().filter(|(name, _)| self.finds(name)) {
                        one(ui, chosen, known, (name, *count));
                    }
                });
            } else {
                for (name, count) in known {
                    one(ui, chosen, known, (name, *count));
                }
            }
            // What was chosen from another source is not in this one, and can only be taken away.
            let foreign = |chosen: &&String| !known.is_empty() && !known.iter().any(|(name, _)| name == *chosen);
            for name in chosen.iter().filter(foreign).cloned().collect::<Vec<_>>() {
                if ui.checkbox(&mut true, format!("{} (not in this source)", visible::line(&name))).changed() {
                    chosen.retain(|chosen| *chosen != name);
                }
            }
            if chosen.is_empty() {
                note(ui, "All are used; take away those that should not be.");
            }
        });
    }

    fn finds(&self, name: &str) -> bool {
        let name = name.replace('_', " ");
        self.find.to_lowercase().split([' ', '_']).all(|word| name.to_lowercase().contains(word))
    }

    fn search(&mut self, ui: &mut Ui, chosen: &mut Vec<String>, known: &[(String, usize)]) {
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.find).desired_width(120.0).hint_text("find");
            ui.add(field).accessible_name("Find paradigms");
            let found: Vec<String> =
                known.iter().map(|(name, _)| name.clone()).filter(|name| self.finds(name)).collect();
            let some = !found.is_empty() && found.len() < known.len();
            let words = if some { format!("Only these {}", found.len()) } else { "Only these".to_owned() };
            let only = ui.add_enabled(some, egui::Button::new(words));
            if only.on_disabled_hover_text("Type a part of a name first").clicked() {
                *chosen = found;
            }
            let all = ui.add_enabled(!chosen.is_empty(), egui::Button::new("All"));
            if all.on_disabled_hover_text("All are used").clicked() {
                chosen.clear();
            }
        });
    }
}

fn one(ui: &mut Ui, chosen: &mut Vec<String>, known: &[(String, usize)], (name, count): (&String, usize)) {
    let all = chosen.is_empty();
    let mut on = all || chosen.contains(name);
    let hover = counted(count, "pair", "pairs");
    if ui.checkbox(&mut on, visible::line(&name.replace('_', " "))).on_hover_text(hover).changed() {
        if all {
            *chosen = known.iter().map(|(name, _)| name.clone()).collect();
        }
        chosen.retain(|chosen| chosen != name);
        if on {
            chosen.push(name.clone());
        }
        // All of them, or none, is the same as no list.
        if chosen.len() == known.len() {
            chosen.clear();
        }
    }
}
