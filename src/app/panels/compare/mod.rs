//! Several studies beside each other: models, protocols, or what the study printed.

mod dots;
mod lines;
mod settings;

use super::look::{Look, line, marker};
use super::picks::Picks;
use super::shown::Shown;
use crate::app::action::Action;
use crate::app::summary::Summary;
use crate::app::theme::{palette, title};
use crate::app::widgets::note;
use crate::experiment::Origin;
use crate::figure::picture::Cues;
use crate::figure::picture::compare::{self, Compared, HEADS, Lines, modes};
use crate::figure::picture::look::name;
use crate::study::Mode;
use egui::accesskit::Role;
use egui::text::{LayoutJob, TextWrapping};
use egui::{FontId, RichText, Sense, Ui, WidgetInfo, pos2, vec2};

/// What it remembers between frames.
#[derive(Default)]
pub struct Compare {
    view: Aspect,
    /// Studies that are not shown.
    hidden: Vec<String>,
    /// The mode whose layers are shown.
    mode: Option<Mode>,
    /// What was made of the studies that are open, and of which they were.
    made: Option<(Stamp, Vec<Compared>)>,
    settings: settings::Settings,
}

/// Tells sets of summaries apart.
type Stamp = Vec<(std::path::PathBuf, u64, usize)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Aspect {
    #[default]
    Ratios,
    Recoveries,
    Layers,
    Settings,
}

impl Aspect {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (
            Self::Ratios,
            "Ratios",
            "Damage angular over damage magnitude at each δ. Only where both damages are surely above 0.",
        ),
        (Self::Recoveries, "Recoveries", "(damage − repaired damage)/damage of each repair, with its 95 % interval."),
        (Self::Layers, "Layers", "Change of attention entropy by relative depth: layer/(layers − 1)."),
        (Self::Settings, "Settings", "The settings in which the studies differ."),
    ];
}

impl Compare {
    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown, picks: &Picks) {
        let all: Vec<&Summary> = shown.summary.into_iter().chain(shown.others.iter().map(AsRef::as_ref)).collect();
        let stamp: Stamp = all.iter().map(|one| (one.file.clone(), one.series, one.finished)).collect();
        if self.made.as_ref().is_none_or(|(known, _)| *known != stamp) {
            let of = |summary: &Summary| {
                let name = compare::name(&summary.origin, &summary.file);
                Compared::of(name, summary.pictures.findings())
            };
            self.made = Some((stamp, all.iter().map(|summary| of(summary)).collect()));
        }
        let Some((_, studies)) = &self.made else { return };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(crate::figure::View::Compare.title()).text_style(title()));
            ui.add_space(16.0);
            for (view, name, hover) in Aspect::ALL {
                if ui.add(egui::Button::selectable(self.view == view, name)).on_hover_text(hover).clicked() {
                    self.view = view;
                }
            }
            ui.add_space(16.0);
            let copy =
                ui.button("Copy data").on_hover_text("Put what is drawn of all studies on the clipboard, as TSV");
            if copy.clicked() {
                let lines: String = studies.iter().map(Compared::tsv).collect();
                shown.actions.push(Action::CopyText(format!("{HEADS}{lines}"), "The data of the studies are copied"));
            }
        });
        let palette = palette(ui);
        ui.horizontal_wrapped(|ui| {
            for (i, study) in studies.iter().enumerate() {
                let is_shown = !self.hidden.contains(&study.name);
                if entry(ui, &study.name, Look::new(Cues::of_study(i), palette), is_shown) {
                    if is_shown {
                        self.hidden.push(study.name.clone());
                    } else {
                        self.hidden.retain(|name| *name != study.name);
                    }
                }
            }
        });
        let has_published = all.iter().any(|summary| summary.origin != Origin::Run);
        if studies.len() < 2 || !has_published {
            ui.horizontal(|ui| {
                if studies.len() < 2 {
                    note(ui, "Open another study to set it beside this one: by the +, or by dropping its file on the window.");
                }
                if !has_published && ui.button("Add the published results").clicked() {
                    shown.actions.push(Action::AddPublished);
                }
            });
        }
        let visible: Vec<(usize, &Compared)> =
            studies.iter().enumerate().filter(|(_, study)| !self.hidden.contains(&study.name)).collect();
        match self.view {
            Aspect::Ratios => {
                let pictures = Lines::ratios(&visible);
                let height = ui.available_height() / pictures.len() as f32 - ui.spacing().item_spacing.y;
                for picture in pictures {
                    picture.show(ui, height);
                }
            }
            Aspect::Recoveries => dots::show(ui, &visible, &picks.hidden),
            Aspect::Layers => {
                let modes = modes(&visible);
                let mode = self.mode.filter(|mode| modes.contains(mode)).or(modes.last().copied());
                ui.horizontal(|ui| {
                    for one in &modes {
                        if ui.add(egui::Button::selectable(mode == Some(*one), name(*one))).clicked() {
                            self.mode = Some(*one);
                        }
                    }
                });
                let height = ui.available_height();
                Lines::layers(&visible, mode).show(ui, height);
            }
            Aspect::Settings => self.settings.show(ui, &visible),
        }
    }
}

/// How wide a name in the legend gets before it is cut.
const WIDEST: f32 = 320.0;

/// An entry of the legend; true where it was pressed.
fn entry(ui: &mut Ui, name: &str, look: Look, is_shown: bool) -> bool {
    let palette = palette(ui);
    let ink = if is_shown { palette.text } else { palette.muted };
    let mut job = LayoutJob::simple_singleline(name.to_owned(), FontId::proportional(14.0), ink);
    job.wrap = TextWrapping::truncate_at_width(WIDEST.min(ui.max_rect().width() - 44.0));
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(44.0 + galley.size().x, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_shown, format!("Show {name}")));
    let look = Look { colour: if is_shown { look.colour } else { palette.line }, ..look };
    let (left, y) = (rect.left(), rect.center().y);
    let mut shapes = Vec::new();
    line(look, &[pos2(left, y), pos2(left + 28.0, y)], &mut shapes);
    marker(look, pos2(left + 14.0, y), palette.surface, &mut shapes);
    ui.painter().extend(shapes);
    let words = if is_shown { "Hide it" } else { "Show it" };
    let words = if galley.elided { format!("{name}\n{words}") } else { words.to_owned() };
    ui.painter().galley(pos2(left + 34.0, y - galley.size().y / 2.0), galley, ink);
    response.on_hover_text(words).clicked()
}
