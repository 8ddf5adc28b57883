//! The line of controls that choose trials, and the sentence that says which they are and what they come to.

use super::choice::{Choice, OfKind, Options, Wants, words};
use super::listing::Listing;
use crate::app::panels::Picks;
use crate::app::summary::Summary;
use crate::app::widgets::choice as combo;
use crate::experiment::{Arm, Kind};
use crate::figure::picture::exact;
use crate::figure::picture::look;
use crate::figure::{counted, number, uncertain};
use crate::stats::Spread;
use egui::accesskit::Role;
use egui::{Ui, WidgetInfo};

/// Draws the controls, and gives what they choose; nothing where there is nothing to choose from.
pub fn show(ui: &mut Ui, options: &Options, wants: &mut Wants, picks: &mut Picks, summary: &Summary) -> Option<Choice> {
    ui.horizontal_wrapped(|ui| {
        if options.has(false) && options.has(true) {
            let before = wants.pairs;
            for (pairs, name) in [(false, "Texts"), (true, "Pairs")] {
                let response = ui.selectable_label(wants.pairs == pairs, name);
                // The first is the name of a tab, too.
                response.widget_info(|| {
                    WidgetInfo::selected(Role::RadioButton, true, wants.pairs == pairs, format!("{name} of the study"))
                });
                if response.clicked() {
                    wants.pairs = pairs;
                }
            }
            if wants.pairs != before {
                picks.item = None;
            }
        }
        let kind = options.kind(wants)?;
        experiment(ui, options, wants, kind);
        let mut chosen = kind.choice(wants, |deltas| picks.delta_of(deltas), (picks.layer, picks.head))?;
        let modes: Vec<_> = kind.modes().into_iter().map(|mode| (mode, look::name(mode))).collect();
        let modes: Vec<_> = modes.iter().map(|(mode, name)| (*mode, name.as_str())).collect();
        combo(ui, "Mode", 96.0, &mut chosen.mode, &modes);
        wants.mode = Some(chosen.mode);
        arm(ui, kind, wants, &mut chosen);
        let deltas = kind.deltas(chosen.mode, chosen.arm);
        let names: Vec<String> = deltas.iter().map(|delta| format!("δ {delta}")).collect();
        let names: Vec<(f64, &str)> = deltas.iter().copied().zip(names.iter().map(String::as_str)).collect();
        let mut delta = picks.delta_of(&deltas)?;
        let before = delta;
        combo(ui, "δ", 72.0, &mut delta, &names);
        if delta != before {
            picks.delta = Some(delta);
        }
        let seeds: Vec<String> = kind.seeds.iter().map(|seed| format!("seed {seed}")).collect();
        let mean = format!("mean over {}", counted(kind.seeds.len(), "seed", "seeds"));
        let of_seeds = kind.seeds.iter().zip(&seeds).map(|(seed, name)| (Some(*seed), name.as_str()));
        let names: Vec<(Option<u64>, &str)> = std::iter::once((None, mean.as_str())).chain(of_seeds).collect();
        combo(ui, "Seed", 128.0, &mut chosen.seed, &names);
        wants.seed = chosen.seed;
        if let Some(reading) = &mut chosen.reading {
            let names: Vec<_> = kind.quantities.iter().map(|quantity| (*quantity, words(*quantity))).collect();
            combo(ui, "Read", 160.0, &mut reading.quantity, &names);
            wants.quantity = Some(reading.quantity);
        }
        // What was pressed may leave something else to choose from.
        kind.choice(wants, |deltas| picks.delta_of(deltas), (picks.layer, picks.head))
    })
    .inner
    .filter(|_| summary.finished > 0)
}

fn experiment(ui: &mut Ui, options: &Options, wants: &mut Wants, kind: &OfKind) {
    let of_it = options.0.iter().filter(|other| other.on_pairs == kind.on_pairs);
    let names: Vec<(Kind, &str)> = of_it.map(|other| (other.kind, other.kind.title())).collect();
    let mut chosen = kind.kind;
    combo(ui, "Experiment", 136.0, &mut chosen, &names);
    if chosen != kind.kind {
        (wants.kind, wants.arm) = (Some(chosen), Arm::Plain);
    }
}

fn arm(ui: &mut Ui, kind: &OfKind, wants: &mut Wants, chosen: &mut Choice) {
    let arms = kind.arms(chosen.mode);
    if arms.len() < 2 {
        return;
    }
    let names: Vec<String> = arms.iter().map(|arm| arm.run()).collect();
    let names: Vec<(usize, &str)> = names.iter().enumerate().map(|(i, name)| (i, name.as_str())).collect();
    let mut at = arms.iter().position(|arm| *arm == chosen.arm).unwrap_or(0);
    combo(ui, "Arm", 168.0, &mut at, &names);
    if let Some(arm) = arms.get(at) {
        (wants.arm, chosen.arm) = (*arm, *arm);
    }
}

/// "Angular, δ 5, seed 42, sweep: 200 texts; mean change 0.37 nats".
#[must_use]
pub fn sentence(listing: &Listing) -> String {
    let choice = &listing.ask.choice;
    let seeds = match choice.seed {
        Some(seed) => format!("seed {seed}"),
        None => format!("mean over {}", counted(listing.seeds.len(), "seed", "seeds")),
    };
    let mut words =
        format!("{}, δ {}, {seeds}, {}", look::name(choice.mode), choice.delta, choice.kind.title().to_lowercase());
    if !choice.arm.is_plain() {
        words += &format!(", {}", choice.arm.run());
    }
    let rows = listing.rows.len();
    let items = if choice.on_pairs { counted(rows, "pair", "pairs") } else { counted(rows, "text", "texts") };
    format!("{words}: {items}; {}", sums(listing, &|spread| uncertain(spread.mean, spread.sd)))
}

/// What the trials come to, with all digits.
#[must_use]
pub fn exactly(listing: &Listing) -> String {
    let sd = |spread: &Spread| spread.sd.map_or(String::new(), |sd| format!(" ± {} (sd over seeds)", exact(sd)));
    sums(listing, &|spread| format!("{}{}", exact(spread.mean), sd(spread)))
}

fn sums(listing: &Listing, digits: &dyn Fn(&Spread) -> String) -> String {
    let sums = &listing.sums;
    let mut parts = Vec::new();
    if let Some((drop, accuracy)) = sums.drop.as_ref().zip(sums.accuracy) {
        parts.push(format!("clean accuracy {} %, drop {} points", number(accuracy), digits(drop)));
    }
    if let Some(change) = &sums.change {
        let of = if listing.ask.choice.on_pairs { "the margin changes by" } else { "mean change" };
        parts.push(format!("{of} {} nats", digits(change)));
    }
    if let Some((reading, change)) = listing.ask.choice.reading.zip(sums.reading.as_ref()) {
        let shape = listing.ask.results.shapes.get(&listing.ask.choice.kind);
        let layer = reading.place.and_then(|place| shape?.read_layers.get(place).copied());
        let layer = layer.map_or("all read layers".to_owned(), |layer| format!("layer {layer}"));
        let head = reading.head.map_or(String::new(), |head| format!(", head {head}"));
        let name = words(reading.quantity);
        parts.push(format!("mean change of “{name}” in {layer}{head} {}", digits(change)));
    }
    if parts.is_empty() { "nothing of them is in yet".to_owned() } else { parts.join("; ") }
}
