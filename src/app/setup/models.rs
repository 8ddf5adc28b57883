//! Models to choose from: the demo, those of the published study, and small ones to begin with.

use super::source::{item, own};
use crate::app::action::Action;
use crate::app::source::Source;
use crate::app::widgets::note;
use egui::Ui;

/// A repository of the Hub, and about how much there is to download of it.
type Listed = (&'static str, &'static str);

const OF_THE_STUDY: [Listed; 6] = [
    ("EleutherAI/pythia-410m", "0.9 GB"),
    ("EleutherAI/pythia-1.4b", "2.9 GB"),
    ("facebook/opt-1.3b", "2.6 GB"),
    ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "2.2 GB"),
    ("facebook/opt-iml-1.3b", "2.6 GB"),
    ("HuggingFaceH4/zephyr-7b-beta", "14.5 GB"),
];

const SMALL: [Listed; 4] = [
    ("EleutherAI/pythia-14m", "50 MB"),
    ("EleutherAI/pythia-70m", "0.2 GB"),
    ("openai-community/gpt2", "0.5 GB"),
    ("HuggingFaceTB/SmolLM2-135M", "0.3 GB"),
];

/// About how much there is to download of the repository `id`, where it is listed.
pub fn size(id: &str) -> Option<&'static str> {
    OF_THE_STUDY.iter().chain(&SMALL).find(|(known, _)| *known == id).map(|(_, size)| *size)
}

/// The menu: what was chosen.
pub fn menu(ui: &mut Ui, actions: &mut Vec<Action>) -> Option<&'static str> {
    ui.set_min_width(320.0);
    let mut chosen = item(ui, "demo", "built in").then_some("demo");
    for (title, list) in [("Of the published study", &OF_THE_STUDY[..]), ("Small ones to begin with", &SMALL)] {
        ui.separator();
        note(ui, title);
        for (id, size) in list {
            if item(ui, id, size) {
                chosen = Some(*id);
            }
        }
    }
    own(ui, "A folder or .gguf file…", Source::Model, actions);
    chosen
}
