//! Small things that several parts of the window are made of.

use super::theme::{self, palette};
use crate::visible::{self, visible};
use egui::accesskit::Role;
use egui::{
    Align, Color32, CornerRadius, FontSelection, Layout, Response, RichText, Sense, Shape, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, WidgetText, pos2, vec2,
};

/// Width of the column of labels in the set-up.
const LABELS: f32 = 104.0;

/// A section's heading, with a note at its right end.
pub fn section(ui: &mut Ui, name: &str, note: &str) {
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).text_style(TextStyle::Heading));
        if !note.is_empty() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(RichText::new(note).small().color(palette(ui).muted));
            });
        }
    });
}

/// A control behind its label; the control is given the label's id to be named by.
pub fn row<R>(ui: &mut Ui, label: &str, hover: &str, control: impl FnOnce(&mut Ui, egui::Id) -> R) -> R {
    ui.horizontal(|ui| {
        let height = ui.spacing().interact_size.y;
        let name = ui.allocate_ui_with_layout(vec2(LABELS, height), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(LABELS);
            ui.label(label)
        });
        let name = if hover.is_empty() { name.inner } else { name.inner.on_hover_text(hover) };
        control(ui, name.id)
    })
    .inner
}

/// A line of small text; what cannot be seen in it is written out.
pub fn note(ui: &mut Ui, text: impl Into<String>) -> Response {
    let text = text.into();
    let text = RichText::new(visible(&text)).small().color(palette(ui).muted);
    ui.add(egui::Label::new(text).wrap())
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It does not work.
    Error,
    /// Think about it.
    Warning,
    /// For information.
    Plain,
    /// It went well.
    Good,
}

impl Tone {
    /// Its colour.
    #[must_use]
    pub fn colour(self, ui: &Ui) -> Color32 {
        let palette = palette(ui);
        match self {
            Self::Error => palette.error,
            Self::Warning => palette.warning,
            Self::Plain => palette.muted,
            Self::Good => palette.good,
        }
    }
}

/// A sign and words, in the colour of their tone; what cannot be seen in them is written out.
pub fn remark(ui: &mut Ui, tone: Tone, text: &str) -> Response {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        sign(ui, tone);
        let text = RichText::new(visible(text)).color(tone.colour(ui));
        ui.add(egui::Label::new(text).wrap().selectable(true))
    })
    .inner
}

/// A line of controls under the words of a remark, which stand behind its sign.
pub fn under_remark<R>(ui: &mut Ui, controls: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.add_space(14.0);
        controls(ui)
    })
    .inner
}

/// The second cue of a tone: a triangle, a ring or a tick.
pub fn sign(ui: &mut Ui, tone: Tone) {
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 18.0), Sense::hover());
    let (centre, colour) = (rect.center(), tone.colour(ui));
    let stroke = Stroke::new(1.5, colour);
    let painter = ui.painter();
    match tone {
        Tone::Error | Tone::Warning => {
            let corner = |x: f32, y: f32| centre + vec2(x, y);
            let triangle = vec![corner(0.0, -6.0), corner(6.5, 5.5), corner(-6.5, 5.5)];
            painter.add(Shape::closed_line(triangle, stroke));
            painter.line_segment([corner(0.0, -2.0), corner(0.0, 1.5)], stroke);
            painter.circle_filled(corner(0.0, 3.5), 0.9, colour);
        }
        Tone::Plain => {
            painter.circle_stroke(centre, 6.0, stroke);
            painter.line_segment([centre - vec2(0.0, 0.5), centre + vec2(0.0, 3.0)], stroke);
            painter.circle_filled(centre - vec2(0.0, 2.8), 0.9, colour);
        }
        Tone::Good => {
            let points = vec![centre + vec2(-5.0, 0.0), centre + vec2(-1.5, 4.0), centre + vec2(5.5, -4.5)];
            painter.add(Shape::line(points, stroke));
        }
    }
}

/// A small button with a cross; `name` says what it takes away.
pub fn cross(ui: &mut Ui, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(CROSS), Sense::click());
    cross_in(ui, rect, response, name)
}

/// Side of the button with a cross.
const CROSS: f32 = 18.0;

/// Text with a cross behind it, in a frame; true where the cross was pressed.
pub fn chip(ui: &mut Ui, text: &str, remove: &str) -> bool {
    let font = TextStyle::Monospace.resolve(ui.style());
    let ink = ui.style().visuals.text_color();
    let ink = if ui.is_enabled() { ink } else { ui.visuals().disable(ink) };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, ink);
    let (rect, frame) = ui.allocate_exact_size(vec2(galley.size().x + 12.0 + CROSS, 26.0), Sense::hover());
    frame.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let palette = palette(ui);
    let line = Stroke::new(1.0, palette.line);
    ui.painter().rect(rect, CornerRadius::same(4), palette.control, line, StrokeKind::Inside);
    ui.painter().galley(pos2(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0), galley, ink);
    let right = rect.right_center() - vec2(2.0 + CROSS / 2.0, 0.0);
    let button = egui::Rect::from_center_size(right, Vec2::splat(CROSS));
    let response = ui.interact(button, frame.id.with("cross"), Sense::click());
    cross_in(ui, button, response, remove).clicked()
}

fn cross_in(ui: &Ui, rect: egui::Rect, response: Response, name: &str) -> Response {
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let visuals = ui.style().interact(&response);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), ui.visuals().widgets.hovered.bg_fill);
    }
    let stroke = Stroke::new(1.25, visuals.fg_stroke.color);
    let (c, r) = (rect.center(), 3.5);
    ui.painter().line_segment([c + vec2(-r, -r), c + vec2(r, r)], stroke);
    ui.painter().line_segment([c + vec2(-r, r), c + vec2(r, -r)], stroke);
    response.on_hover_text(name)
}

/// Where an arrow points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// Left.
    Left,
    /// Right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
}

/// A small button with an arrow, for what is folded; `name` says what it does.
pub fn arrow(ui: &mut Ui, towards: Towards, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(24.0), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), ui.visuals().widgets.hovered.bg_fill);
    }
    let along = match towards {
        Towards::Left => vec2(-1.0, 0.0),
        Towards::Right => vec2(1.0, 0.0),
        Towards::Up => vec2(0.0, -1.0),
        Towards::Down => vec2(0.0, 1.0),
    };
    let (c, side) = (rect.center(), along.rot90());
    let corners = vec![c - 2.5 * along - 5.0 * side, c + 3.0 * along, c - 2.5 * along + 5.0 * side];
    ui.painter().add(Shape::line(corners, Stroke::new(1.75, ui.style().interact(&response).fg_stroke.color)));
    response.on_hover_text(name)
}

/// Where it is kept which field has an undo of its own.
fn of_own_undo() -> egui::Id {
    egui::Id::unique("field with an undo of its own")
}

/// Lets the text in `field`, which is no setting of the study, have an undo of its own while one types in it.
pub fn keep_own_undo(ui: &Ui, field: &Response) {
    if field.has_focus() {
        ui.data_mut(|data| data.insert_temp(of_own_undo(), field.id));
    }
}

/// Whether one types in such a field.
#[must_use]
pub fn has_own_undo(context: &egui::Context) -> bool {
    let focused = context.memory(egui::Memory::focused);
    focused.is_some() && context.data(|data| data.get_temp::<egui::Id>(of_own_undo())) == focused
}

/// The sign on a button of the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Run.
    Play,
    /// Wait.
    Pause,
    /// Stop.
    Stop,
}

/// A button with a sign before its word. The first thing to press on a screen is `primary`.
pub fn icon_button(ui: &mut Ui, icon: Icon, word: &str, width: f32, primary: bool, enabled: bool) -> Response {
    let galley = WidgetText::from(RichText::new(word).text_style(theme::strong())).into_galley(
        ui,
        None,
        f32::INFINITY,
        FontSelection::Default,
    );
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    ui.add_enabled_ui(enabled, |ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(width, 32.0), sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, word));
        let palette = palette(ui);
        let visuals = ui.style().interact(&response);
        let (mut fill, mut line, mut ink) = (visuals.weak_bg_fill, visuals.bg_stroke, palette.text);
        if primary && enabled {
            fill = if response.hovered() { palette.muted } else { palette.chosen };
            line = Stroke::new(1.0, fill);
            ink = palette.side;
        }
        if !enabled {
            ink = palette.muted;
        }
        if response.has_focus() {
            line = Stroke::new(2.0, palette.text);
        }
        let painter = ui.painter();
        painter.rect(rect, CornerRadius::same(4), fill, line, StrokeKind::Inside);
        let content = 10.0 + 8.0 + galley.size().x;
        let left = rect.center().x - content / 2.0;
        paint_icon(painter, icon, pos2(left + 5.0, rect.center().y), ink);
        painter.galley(pos2(left + 18.0, rect.center().y - galley.size().y / 2.0), galley.clone(), ink);
        response
    })
    .inner
}

fn paint_icon(painter: &egui::Painter, icon: Icon, c: egui::Pos2, ink: Color32) {
    match icon {
        Icon::Play => {
            let points = vec![c + vec2(-4.0, -5.5), c + vec2(5.5, 0.0), c + vec2(-4.0, 5.5)];
            painter.add(Shape::convex_polygon(points, ink, Stroke::NONE));
        }
        Icon::Pause => {
            for x in [-3.0, 3.0] {
                let bar = egui::Rect::from_center_size(c + vec2(x, 0.0), vec2(3.0, 10.0));
                painter.rect_filled(bar, CornerRadius::ZERO, ink);
            }
        }
        Icon::Stop => {
            painter.rect_filled(egui::Rect::from_center_size(c, Vec2::splat(9.0)), CornerRadius::ZERO, ink);
        }
    }
}

/// Secondary settings: a line that opens, with the current values in it.
pub fn fold(ui: &mut Ui, id: &str, name: &str, summary: &str, content: impl FnOnce(&mut Ui)) {
    let muted = palette(ui).muted;
    let width = |text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, muted).size().x;
    let font = |style: TextStyle| style.resolve(ui.style());
    let room = ui.available_width() - 32.0 - width(name, font(TextStyle::Body));
    let mut summary = visible::line(summary).into_owned();
    while !summary.is_empty() && width(&summary, font(TextStyle::Small)) > room {
        summary.truncate(summary.trim_end_matches('…').trim_end().char_indices().last().map_or(0, |(at, _)| at));
        summary.push('…');
    }
    let mut job = egui::text::LayoutJob::default();
    RichText::new(format!("{name}  ")).append_to(&mut job, ui.style(), FontSelection::Default, Align::Center);
    RichText::new(summary).small().color(muted).append_to(&mut job, ui.style(), FontSelection::Default, Align::Center);
    egui::CollapsingHeader::new(job).id_salt(id).show_unindented(ui, |ui| {
        ui.indent(id, content);
    });
}

/// A share of something that is done.
pub fn progress_bar(ui: &mut Ui, width: f32, share: f32, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
    let (palette, share, radius) = (palette(ui), share.clamp(0.0, 1.0), CornerRadius::same(4));
    ui.painter().rect_filled(rect, radius, palette.line);
    let mut filled = rect;
    filled.set_width(rect.width() * share);
    ui.painter().rect_filled(filled, radius, palette.chosen);
    response.widget_info(|| {
        let mut info = WidgetInfo::new(Role::ProgressIndicator);
        info.label = Some(name.to_owned());
        info.value = Some(f64::from(100.0 * share));
        info
    });
    response
}

/// One of a few values.
pub fn choice<T: PartialEq + Copy>(ui: &mut Ui, name: &str, width: f32, value: &mut T, values: &[(T, &str)]) {
    let now = values.iter().find(|(known, _)| known == value).map_or("as in the file", |(_, words)| *words);
    let response = egui::ComboBox::from_id_salt(name).width(width).selected_text(now).show_ui(ui, |ui| {
        for (known, words) in values {
            ui.selectable_value(value, *known, *words);
        }
    });
    response.response.accessible_name(name);
}
