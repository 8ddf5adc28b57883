//! What the study runs on, and whether it has room for it. Not a part of the study.

use super::{Around, Place};
use crate::app::action::Action;
use crate::app::widgets::{note, row, section, under_remark};
use crate::app::words::memory;
use crate::device::{Choice, Found};
use egui::{ComboBox, Ui};

/// The choice of the device, as it is shown.
#[derive(Default)]
pub struct DeviceField {
    open: bool,
}

impl DeviceField {
    /// Draws the section.
    pub fn show(&mut self, ui: &mut Ui, device: &mut Choice, around: &mut Around) {
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
        if let Some(found) = device.among(devices) {
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
        if around.trouble.is_some_and(|trouble| trouble.place == Place::Device) {
            under_remark(ui, |ui| {
                let hover = "Compares it with the memory that is free now";
                if ui.button("Look again").on_hover_text(hover).clicked() {
                    around.actions.push(Action::LookForDevices);
                }
            });
        }
    }
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
