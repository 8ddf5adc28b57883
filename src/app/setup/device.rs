//! What the study runs on.

use crate::app::widgets::{row, section};
use egui::Ui;
use std::sync::OnceLock;

/// Draws the section.
pub fn show(ui: &mut Ui) {
    section(ui, "Device", "");
    row(ui, "Runs on", "", |ui, _| {
        let text = egui::Label::new(name()).truncate();
        ui.add(text).on_hover_text(name());
    });
}

/// Name of the processor and its threads, looked up once.
fn name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let model = model.map_or(String::new(), |(_, model)| format!(" · {}", model.trim()));
        format!("CPU · {}{model}", crate::app::words::counted(threads, "thread", "threads"))
    })
}
