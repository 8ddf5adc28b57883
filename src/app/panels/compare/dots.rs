//! What repairs give back in each study.

use crate::app::panels::caption::with_caption;
use crate::app::panels::frame::{AXIS, Frame};
use crate::app::panels::look::{Look, marker};
use crate::app::theme::palette;
use crate::app::widgets::note;
use crate::figure::picture::compare::{Compared, Recoveries, Recovery};
use crate::figure::picture::{Cues, Ink};
use crate::study::Mode;
use egui::{Rect, ScrollArea, Sense, Shape, Stroke, Ui, pos2, vec2};

/// Draws the recoveries of `studies`, but for the modes that are `hidden`.
pub fn show(ui: &mut Ui, studies: &[(usize, &Compared)], hidden: &[Mode]) {
    let Recoveries { names, extent, caption } = Recoveries::of(studies, hidden);
    if names.is_empty() {
        note(ui, Recoveries::NONE);
        return;
    }
    with_caption(ui, &caption, |ui| rows(ui, studies, &names, extent));
}

fn rows(ui: &mut Ui, studies: &[(usize, &Compared)], names: &[(&str, Mode)], extent: (f64, f64)) {
    let each = 10.0 + 14.0 * studies.len() as f32;
    let room = ui.available_height() - AXIS - 8.0;
    let scroll = ScrollArea::vertical().auto_shrink([false, true]).max_height(room);
    let frame = scroll.show(ui, |ui| {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), each * names.len() as f32), Sense::hover());
        let with_axis = Rect::from_min_max(rect.min, rect.max + vec2(0.0, AXIS));
        let frame = Frame::new(ui, with_axis, names.iter().map(|(name, _)| *name), 0.0, extent);
        frame.grid(ui);
        let mut hovered = None;
        for (row, (name, mode)) in names.iter().enumerate() {
            let top = rect.top() + each * row as f32;
            let ink = Look::of(*mode, palette(ui)).colour;
            frame.name(ui.painter(), top + each / 2.0, name, ink);
            for (place, (i, study)) in studies.iter().enumerate() {
                let Some(recovery) = study.recoveries.iter().find(|recovery| recovery.name == *name) else { continue };
                let y = top + 5.0 + 14.0 * (place as f32 + 0.5);
                paint(ui, &frame, y, recovery, *i);
                if response.hover_pos().is_some_and(|at| (at.y - y).abs() < 7.0) {
                    hovered = Some(recovery.hover(&study.name));
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
    frame.inner.axis(ui, axis.top(), Recoveries::LABEL);
}

fn paint(ui: &Ui, frame: &Frame, y: f32, recovery: &Recovery, i: usize) {
    let palette = palette(ui);
    let look = Look::new(Cues { ink: Ink::Mode(recovery.mode), ..Cues::of_study(i) }, palette);
    let (value, (low, high)) = recovery.percent;
    let mut shapes = Vec::new();
    let ends = [pos2(frame.clamped(low), y), pos2(frame.clamped(high), y)];
    shapes.push(Shape::line_segment(ends, Stroke::new(1.5, look.colour)));
    marker(look, pos2(frame.clamped(value), y), palette.surface, &mut shapes);
    ui.painter().extend(shapes);
}
