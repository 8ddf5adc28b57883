//! What repairs give back in each study.

use super::look;
use super::study::{Compared, Recovery};
use crate::app::panels::frame::{AXIS, Frame};
use crate::app::panels::look::{Look, marker};
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::study::Mode;
use egui::{Rect, ScrollArea, Sense, Shape, Stroke, Ui, pos2, vec2};

/// Draws the recoveries of `studies`, but for the modes that are `hidden`.
pub fn show(ui: &mut Ui, studies: &[(usize, &Compared)], hidden: &[Mode]) {
    let mut names: Vec<(&str, Mode)> = Vec::new();
    for recovery in studies.iter().flat_map(|(_, study)| &study.recoveries) {
        if !hidden.contains(&recovery.mode) && !names.iter().any(|(name, _)| *name == recovery.name) {
            names.push((&recovery.name, recovery.mode));
        }
    }
    if names.is_empty() {
        note(
            ui,
            "None of these studies has a repair whose damage is surely above 0. Add a repair to a study and run it.",
        );
        return;
    }
    let (low, high) = extent(studies);
    let each = 10.0 + 14.0 * studies.len() as f32;
    let room = ui.available_height() - AXIS - 28.0;
    let scroll = ScrollArea::vertical().auto_shrink([false, true]).max_height(room);
    let frame = scroll.show(ui, |ui| {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), each * names.len() as f32), Sense::hover());
        let with_axis = Rect::from_min_max(rect.min, rect.max + vec2(0.0, AXIS));
        let frame = Frame::new(ui, with_axis, names.iter().map(|(name, _)| *name), 0.0, (low, high));
        frame.grid(ui);
        let mut hovered = None;
        for (row, (name, mode)) in names.iter().enumerate() {
            let top = rect.top() + each * row as f32;
            let ink = Look::of(*mode, palette(ui)).colour;
            frame.name(ui.painter(), top + each / 2.0, name, ink);
            for (place, (i, study)) in studies.iter().enumerate() {
                let Some(recovery) = study.recoveries.iter().find(|recovery| recovery.name == *name) else { continue };
                let y = top + 5.0 + 14.0 * (place as f32 + 0.5);
                paint(ui, &frame, y, recovery, look(*i, palette(ui)));
                if response.hover_pos().is_some_and(|at| (at.y - y).abs() < 7.0) {
                    let (value, (from, to)) = recovery.percent;
                    hovered = Some(format!(
                        "{}\n{name}: {value:.2} %\n95 % bootstrap interval over texts and seeds {from:.2} to {to:.2} %",
                        study.name
                    ));
                }
            }
            let y = top + each;
            let line = [pos2(frame.names.left(), y), pos2(frame.marks.right(), y)];
            ui.painter().line_segment(line, Stroke::new(1.0, palette(ui).grid));
        }
        if let Some(words) = hovered {
            response.on_hover_text_at_pointer(words);
        }
        frame
    });
    let (axis, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS), Sense::hover());
    frame.inner.axis(ui, axis.top(), "Recovery (% of the damage)");
    note(ui, "With 95 % intervals. A recovery is given only where the damage's own interval lies above 0.");
}

fn extent(studies: &[(usize, &Compared)]) -> (f64, f64) {
    let all = studies.iter().flat_map(|(_, study)| &study.recoveries).map(|recovery| recovery.percent.1);
    let (low, high) = all.fold((0.0_f64, 100.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)));
    (low.max(-100.0) - 4.0, high.min(200.0) + 4.0)
}

fn paint(ui: &Ui, frame: &Frame, y: f32, recovery: &Recovery, form: Look) {
    let palette = palette(ui);
    let look = Look { colour: Look::of(recovery.mode, palette).colour, ..form };
    let (value, (low, high)) = recovery.percent;
    let mut shapes = Vec::new();
    let ends = [pos2(frame.clamped(low), y), pos2(frame.clamped(high), y)];
    shapes.push(Shape::line_segment(ends, Stroke::new(1.5, look.colour)));
    marker(look, pos2(frame.clamped(value), y), palette.surface, &mut shapes);
    ui.painter().extend(shapes);
}
