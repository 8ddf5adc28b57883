//! Models to choose from: the demo, those of the published study, small ones to begin with, and newer ones.

use super::choices::{item, own};
use crate::app::action::Action;
use crate::app::source::Source;
use crate::app::widgets::{keep_own_undo, note};
use egui::{Key, Margin, ScrollArea, TextEdit, Ui};

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

const SMALL: [Listed; 5] = [
    ("EleutherAI/pythia-14m", "50 MB"),
    ("EleutherAI/pythia-70m", "0.2 GB"),
    ("openai-community/gpt2", "0.5 GB"),
    ("HuggingFaceTB/SmolLM2-135M", "0.3 GB"),
    ("EleutherAI/gpt-neo-125m", "0.5 GB"),
];

const NEWER: [Listed; 6] = [
    ("Qwen/Qwen3-0.6B", "1.5 GB"),
    ("google/gemma-3-1b-it", "2.0 GB"),
    ("google/gemma-2-2b-it", "5.2 GB"),
    ("allenai/OLMo-2-0425-1B-Instruct", "3.0 GB"),
    ("microsoft/Phi-3-mini-4k-instruct", "7.6 GB"),
    ("stabilityai/stablelm-2-1_6b", "3.3 GB"),
];

/// What of the window's height the list leaves to what stands around it, and the least that it takes itself.
const AROUND: f32 = 260.0;
const LEAST: f32 = 160.0;

/// About how much there is to download of the repository `id`, where it is listed.
pub fn size(id: &str) -> Option<&'static str> {
    OF_THE_STUDY.iter().chain(&SMALL).chain(&NEWER).find(|(known, _)| *known == id).map(|(_, size)| *size)
}

/// The menu, searched by what stands in `find`: what was chosen. `recent` are models that were used before.
pub fn menu(ui: &mut Ui, find: &mut String, recent: &[String], actions: &mut Vec<Action>) -> Option<String> {
    ui.set_min_width(320.0);
    let entered = search(ui, find);
    let query = find.trim().to_lowercase();
    let finds = |words: &str| query.split_whitespace().all(|part| words.to_lowercase().contains(part));
    let listed = |id: &str| id == "demo" || size(id).is_some();
    let mut found: Vec<&str> = Vec::new();
    let mut chosen = None;
    let mut offer = |ui: &mut Ui, id: &str, note: &str| {
        if item(ui, id, note) {
            chosen = Some(id.to_owned());
        }
    };
    // Those that stand below are not listed twice.
    let recent = recent.iter().map(|id| (id.as_str(), "")).filter(|(id, _)| !listed(id)).collect::<Vec<_>>();
    let groups = [
        ("Used before", &recent[..], ""),
        ("Of the published study", &OF_THE_STUDY[..], "published study"),
        ("Small ones to begin with", &SMALL[..], "small"),
        ("Newer ones", &NEWER[..], "newer"),
    ];
    let room = (ui.ctx().content_rect().height() - AROUND).max(LEAST);
    ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
        if finds("demo built in") {
            offer(ui, "demo", "built in");
            found.push("demo");
        }
        for (title, list, more) in groups {
            let list: Vec<_> = list.iter().filter(|(id, _)| finds(&format!("{id} {more}"))).collect();
            if list.is_empty() {
                continue;
            }
            ui.separator();
            note(ui, title);
            for (id, size) in list {
                offer(ui, id, size);
                found.push(*id);
            }
        }
    });
    let typed = find.trim();
    let as_typed = !typed.is_empty() && !found.contains(&typed);
    if as_typed {
        ui.separator();
        let kind = if typed.to_lowercase().ends_with(".gguf") {
            "a .gguf file"
        } else if crate::hub::is_repository_id(typed) {
            "of the Hub"
        } else {
            "a folder"
        };
        offer(ui, typed, kind);
    }
    if entered && chosen.is_none() {
        chosen = found.first().map(|id| (*id).to_owned()).or_else(|| as_typed.then(|| typed.to_owned()));
        ui.close();
    }
    own(ui, "A folder or .gguf file…", Source::Model, actions);
    chosen
}

/// The search box, which has the keyboard when the menu opens; true where Enter was pressed in it.
fn search(ui: &mut Ui, find: &mut String) -> bool {
    let id = ui.scope_id().with("last shown");
    let pass = ui.ctx().cumulative_pass_nr();
    let last: Option<u64> = ui.data(|data| data.get_temp(id));
    ui.data_mut(|data| data.insert_temp(id, pass));
    let opened = last.is_none_or(|last| pass > last + 1);
    if opened {
        find.clear();
    }
    let hint = "find, or type an id, a folder or a .gguf file";
    // In menus controls stand without the margin that they have elsewhere.
    let field = TextEdit::singleline(find).desired_width(f32::INFINITY).margin(Margin::symmetric(8, 4));
    let field = ui.add(field.hint_text(hint));
    let field = field.accessible_name("Find models");
    keep_own_undo(ui, &field);
    if opened {
        field.request_focus();
    }
    field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && !find.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    struct Open {
        find: String,
        recent: Vec<String>,
        chosen: Option<String>,
    }

    fn open(recent: &[&str]) -> Harness<'static, Open> {
        let recent = recent.iter().map(|id| (*id).to_owned()).collect();
        let state = Open { find: String::new(), recent, chosen: None };
        let mut harness = Harness::new_ui_state(
            |ui, open: &mut Open| {
                let chosen = menu(ui, &mut open.find, &open.recent, &mut Vec::new());
                open.chosen = chosen.or(open.chosen.take());
            },
            state,
        );
        harness.run();
        harness
    }

    fn find(harness: &mut Harness<'static, Open>, text: &str) {
        harness.get_by_label("Find models").type_text(text);
        harness.run();
    }

    #[test]
    fn recent_models_are_listed_once_and_found() {
        let mut harness = open(&["owner/mine", "gpt-neo.gguf", "EleutherAI/pythia-14m"]);
        assert!(harness.query_by_label("Used before").is_some());
        assert!(harness.query_by_label("owner/mine").is_some());
        // Listed below already: a second one would make this panic.
        assert!(harness.query_by_label("EleutherAI/pythia-14m").is_some());
        find(&mut harness, "pythia 1.4");
        assert!(harness.query_by_label("EleutherAI/pythia-1.4b").is_some());
        for gone in ["EleutherAI/pythia-410m", "demo", "owner/mine", "Used before", "Small ones to begin with"] {
            assert!(harness.query_by_label(gone).is_none(), "{gone}");
        }
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(harness.state().chosen.as_deref(), Some("EleutherAI/pythia-1.4b"));
    }

    #[test]
    fn what_is_typed_can_be_taken_as_it_is() {
        let mut harness = open(&[]);
        find(&mut harness, "someone/else");
        harness.get_by_label("someone/else").click();
        harness.run();
        assert_eq!(harness.state().chosen.as_deref(), Some("someone/else"));
    }
}
