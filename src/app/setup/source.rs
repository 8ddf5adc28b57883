//! What the model, the texts and the pairs have in common: a field with a menu beside it, and the way to what is not on
//! this machine.

use super::choices::{item, own};
use super::{Around, models};
use crate::app::action::Action;
use crate::app::download::{Download, State};
use crate::app::source::Source;
use crate::app::widgets::{Tone, note, progress_bar, remark, under_remark};
use crate::app::words::{clock, fetched, speed};
use crate::visible;
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Align, Button, Id, Label, Layout, PopupCloseBehavior, Response, Shape, Stroke, TextEdit, Ui, Vec2, vec2};

/// A source's field, named by `label`, and behind it a menu `name` of what there is to choose from: what was chosen.
pub fn field<T>(
    ui: &mut Ui,
    value: &mut String,
    hint: &str,
    (label, name): (Id, &str),
    menu: impl FnOnce(&mut Ui) -> Option<T>,
) -> Option<T> {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let button = MenuButton::from_button(Button::new("").min_size(Vec2::splat(24.0)));
        // What is typed in a menu does not close it, what is chosen does.
        let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (button, inner) = button.config(config).ui(ui, menu);
        arrow(ui, &button);
        button.accessible_name(name).on_hover_text(name);
        let text = TextEdit::singleline(value).desired_width(f32::INFINITY).hint_text(hint);
        let field = ui.add(text).labelled_by(label);
        // A long name has no room.
        if value.len() > 24 {
            field.on_hover_text(visible::line(value));
        }
        inner.and_then(|inner| inner.inner)
    })
    .inner
}

/// The sign of a menu: a triangle that points down.
fn arrow(ui: &Ui, button: &Response) {
    let (centre, ink) = (button.rect.center(), ui.style().interact(button).fg_stroke.color);
    let points = [vec2(-5.0, -3.0), vec2(5.0, -3.0), vec2(0.0, 3.5)].map(|corner| centre + corner);
    ui.painter().add(Shape::convex_polygon(points.into(), ink, Stroke::NONE));
}

/// A menu of values with their words and notes, and of files of one's own, to which `ask` is the way.
pub fn menu(
    ui: &mut Ui,
    values: &[(&'static str, &str, &str)],
    (source, ask): (Source, &str),
    actions: &mut Vec<Action>,
) -> Option<&'static str> {
    ui.set_min_width(240.0);
    let mut chosen = None;
    for (value, words, note) in values {
        if item(ui, words, note) {
            chosen = Some(*value);
        }
    }
    own(ui, ask, source, actions);
    chosen
}

/// Offers to fetch `source` where it is not on this machine, and shows how that goes.
pub fn missing(ui: &mut Ui, source: Source, around: &mut Around) {
    for download in around.downloads.going(source) {
        going(ui, download, around.actions);
    }
    // A run fetches it by itself.
    let ready = around.ready.filter(|ready| !around.locked && ready.missing.contains(&source));
    let Some(ready) = ready else { return };
    // While the name is being typed, what was found is about the one before.
    let study = &ready.request.study;
    let name = source.name(study);
    if around.downloads.going(source).any(|download| download.name == name) {
        return;
    }
    let weights = source == Source::Model && ready.shape.is_some();
    let lead = if weights { "The weights of " } else { "" };
    remark(ui, Tone::Plain, &format!("{lead}{name} {} not on this machine.", if weights { "are" } else { "is" }));
    let ended = around.downloads.ended(source, &name).map(|download| &download.state);
    if let Some(State::Failed(words)) = ended {
        remark(ui, Tone::Error, words);
    }
    under_remark(ui, |ui| {
        let cancelled = matches!(ended, Some(State::Cancelled));
        let word = if cancelled { "Continue the download" } else { "Download" };
        let hover = "From the Hugging Face Hub. Run does so as well, where it is needed.";
        let button = ui.button(word).accessible_name(format!("{word}: {name}"));
        if button.on_hover_text(hover).clicked() {
            around.actions.push(Action::Download(source));
        }
        if cancelled {
            note(ui, "What has come is kept.");
        } else if source == Source::Model
            && let Some(size) = models::size(&study.model.id)
        {
            note(ui, format!("about {size}"));
        }
    });
}

fn going(ui: &mut Ui, download: &Download, actions: &mut Vec<Action>) {
    let State::Going(progress) = &download.state else { return };
    let name = &download.name;
    ui.add(Label::new(format!("Downloading {}", visible::line(name))).wrap());
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let cancel = ui.button("Cancel").accessible_name(format!("Cancel the download of {name}"));
            if cancel.on_hover_text("What has come is kept").clicked() {
                actions.push(Action::CancelDownload(download.source, name.clone()));
            }
            let share = match progress {
                Some(progress) if progress.total > 0 => progress.done as f32 / progress.total as f32,
                _ => 0.0,
            };
            let width = ui.available_width();
            progress_bar(ui, width, share, &format!("Download of {name}"));
        });
    });
    let words = match progress {
        None => vec!["Asking the Hub".to_owned()],
        Some(progress) => {
            let left = progress.left.map_or(String::new(), |left| format!("{} left", clock(left)));
            vec![fetched(progress), speed(progress), left, progress.file.clone()]
        }
    };
    let words: Vec<String> = words.into_iter().filter(|part| !part.is_empty()).collect();
    note(ui, words.join(" · "));
}
