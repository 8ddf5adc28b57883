//! What the study runs on, in which precision, and whether there is room for it. The device is not a part of the study.

use super::{Around, Place};
use crate::app::action::Action;
use crate::app::prepare::Ready;
use crate::app::theme::palette;
use crate::app::widgets::{choice, note, row, section, under_remark};
use crate::app::words::memory;
use crate::device::{Choice, Found};
use crate::runner::size;
use crate::study::{Dtype, Setting, Study};
use egui::accesskit::Role;
use egui::{ComboBox, CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

/// The choice of the device, as it is shown.
#[derive(Default)]
pub struct DeviceField {
    open: bool,
}

impl DeviceField {
    /// Draws the section.
    pub fn show(&mut self, ui: &mut Ui, study: &mut Study, device: &mut Choice, around: &mut Around) {
        section(ui, "Device", "");
        let devices = around.ready.map_or(&[][..], |ready| &ready.devices);
        row(ui, "Runs on", "The device is not a part of the study", |ui, _| {
            let width = ui.available_width();
            let now = if devices.is_empty() { "Looking for devices…".to_owned() } else { words(*device, devices) };
            let combo = ComboBox::from_id_salt("device").width(width).truncate().selected_text(&now);
            let combo = combo.show_ui(ui, |ui| {
                ui.selectable_value(device, Choice::Auto, words(Choice::Auto, devices));
                for found in devices {
                    let words = format!("{} · {}", words(found.choice, devices), memory(found.free, found.total));
                    ui.selectable_value(device, found.choice, words);
                }
            });
            let opened = combo.inner.is_some();
            if opened && !self.open {
                around.actions.push(Action::LookForDevices);
            }
            self.open = opened;
            combo.response.accessible_name("Device").on_hover_text(now);
        });
        let found = device.among(devices);
        precision(ui, study, found);
        if let Some(found) = found {
            // What is needed may be of the study before the last change: nothing jumps.
            let needed = around.ready.and_then(|ready| ready.plan.as_ref().ok()).map(|planned| planned.memory.total());
            bar(ui, needed, found);
            note(ui, memory(found.free, found.total));
        }
        if let Some(ready) = around.ready
            && let Ok(planned) = &ready.plan
            && planned.does_not_fit.is_none()
        {
            let words = planned.memory.words(ready.request.study.model.dtype);
            // A number stays on a line with its unit.
            note(ui, format!("Needs {words}").replace(" MB", "\u{a0}MB").replace(" GB", "\u{a0}GB"));
        }
        around.remark(ui, Place::Device);
        let too_large = |ready: &Ready| matches!(&ready.plan, Ok(planned) if planned.does_not_fit.is_some());
        if around.ready.is_some_and(too_large) && around.trouble.is_some_and(|trouble| trouble.place == Place::Device) {
            under_remark(ui, |ui| {
                let hover = "Compares it with the memory that is free now";
                if ui.button("Look again").on_hover_text(hover).clicked() {
                    around.actions.push(Action::LookForDevices);
                }
            });
        }
    }
}

/// The type of weights and arithmetic.
fn precision(ui: &mut Ui, study: &mut Study, found: Option<&Found>) {
    let on_cpu = found.is_some_and(|found| found.choice == Choice::Cpu);
    row(ui, "Precision", Setting::Dtype.help(), |ui, _| {
        let values = [(Dtype::F32, "f32"), (Dtype::F16, "f16"), (Dtype::Bf16, "bf16")];
        // What cannot be computed here can be changed to what can.
        let enabled = !on_cpu || study.model.dtype != Dtype::F32;
        let choice = ui.add_enabled_ui(enabled, |ui| choice(ui, "Precision", 80.0, &mut study.model.dtype, &values));
        choice.response.on_disabled_hover_text("The CPU computes in f32; f16 and bf16 need a CUDA device");
        if on_cpu && enabled {
            note(ui, "needs a CUDA device");
        } else if on_cpu {
            note(ui, "the CPU has no other");
        }
    });
}

/// The memory of a device: what others have of it, what the study needs, and what is left.
fn bar(ui: &mut Ui, needed: Option<u64>, found: &Found) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    let (palette, radius) = (palette(ui), CornerRadius::same(2));
    let painter = ui.painter();
    painter.rect_filled(rect, radius, palette.line);
    let total = found.total.max(1) as f64;
    let part = |from: f64, to: f64| {
        #[allow(clippy::cast_possible_truncation)] // a place on the screen
        let at = |share: f64| rect.left() + rect.width() * share.clamp(0.0, 1.0) as f32;
        Rect::from_x_y_ranges(at(from)..=at(to), rect.y_range())
    };
    let others = found.total.saturating_sub(found.free) as f64 / total;
    painter.rect_filled(part(0.0, others), radius, palette.muted.gamma_multiply(0.6));
    let fits = needed.is_none_or(|needed| needed <= found.free);
    if let Some(needed) = needed {
        let ink = if fits { palette.chosen } else { palette.error };
        // However little it is, it is there.
        let share = (needed as f64 / total).max(2.0 / f64::from(rect.width()));
        painter.rect_filled(part(others, others + share), radius, ink);
        if !fits {
            let stroke = Stroke::new(2.0, palette.error);
            painter.rect_stroke(rect, radius, stroke, StrokeKind::Outside);
        }
    }
    let words = match needed {
        Some(needed) if fits => format!("The study needs {} of {} that are free", size(needed), size(found.free)),
        Some(needed) => format!("The study needs {}, and {} are free", size(needed), size(found.free)),
        None => format!("{} of {} are free", size(found.free), size(found.total)),
    };
    response.widget_info(|| {
        let mut info = WidgetInfo::new(Role::Meter);
        info.label = Some(format!("Memory: {words}"));
        info.value = Some(100.0 * needed.unwrap_or(0) as f64 / found.free.max(1) as f64);
        info
    });
    response.on_hover_text(format!(
        "{words}. From the left: what other programs have of {}, what the study needs, what is left.",
        size(found.total)
    ));
}

/// What `choice` means: "Auto: NVIDIA H200".
fn words(choice: Choice, devices: &[Found]) -> String {
    match (choice, choice.among(devices)) {
        (Choice::Auto, Some(found)) => format!("Auto: {}", found.name),
        (Choice::Cuda(_), Some(found)) if devices.iter().filter(|other| other.name == found.name).count() > 1 => {
            format!("{} ({choice})", found.name)
        }
        (_, Some(found)) => found.name.clone(),
        (_, None) => format!("{choice}, which is not there"),
    }
}
