//! `polarscope plan`: what a study will do, without doing it.

use super::StudyArguments;
use super::progress::Line;
use crate::device;
use crate::error::Result;
use crate::figure;
use crate::lm::{Checkpoint, DecoderSpec, Part};
use crate::measure::{AtDelta, Reach};
use crate::runner::{self, Cost, room_words, size};
use crate::study::Layers;
use crate::visible::line as line_of;
use clap::Args;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    study: StudyArguments,
    /// The device whose memory the study is compared with: cpu, cuda:N, or auto
    #[arg(long, default_value_t)]
    device: device::Choice,
}

impl Plan {
    pub fn run(self) -> Result<()> {
        let mut line = Line::new();
        let study = self.study.load()?;
        let device = self.device.open()?;
        let outcome = super::online(&mut line, |hub| {
            let shape = Checkpoint::open(&study.model, Part::Shape, hub)?;
            Ok((shape.head_is_assumed()?, shape.mapped()?, runner::Plan::of(study, &shape, hub)?))
        });
        line.end();
        let (head_is_assumed, mapped, plan) = outcome?;
        let spec = &plan.spec;
        let mut text = format!(
            "{}\nmodel            {}: {}, {} layers, hidden {}, {} heads, vocabulary {}\n",
            line_of(&plan.study.name),
            line_of(&plan.study.model.id),
            spec.family,
            spec.layers,
            spec.hidden,
            spec.heads,
            spec.vocab
        );
        let (used, passing, all) = (plan.texts.len(), plan.passing, plan.available);
        text += &format!("texts            {used} of {all} in the source, of which {passing} pass the filter\n");
        text += &format!("protocol         {}\n", plan.study.perturbation.protocol_label());
        for planned in &plan.experiments {
            let kind = planned.kind().to_string();
            let later = match planned.later {
                0 => String::new(),
                later => format!(", {later} of them planned from the results of the others"),
            };
            text += &format!(
                "{kind:<16} {} {} × {} conditions (clean included){later}, layers {}\n",
                planned.items.len(),
                planned.experiment.material().noun(),
                planned.conditions.len() + planned.later,
                Layers::these(planned.layers.clone())?
            );
        }
        text += &format!("trials           {}\n", plan.trials());
        if let Some(known) = runner::reach(&plan.study)? {
            text += &reach(&known);
        }
        let dtype = plan.study.model.dtype;
        let memory = plan.memory(device.found.choice).with_mapped(mapped);
        let free: Vec<String> = device.found.rooms.first().map(room_words).into_iter().collect();
        text += &format!(
            "memory           {}\ndevice           {} ({}), {}\n",
            memory.words(dtype),
            device.found.choice,
            device.found.name,
            free.concat()
        );
        if head_is_assumed {
            let own = DecoderSpec { tied_head: false, ..spec.clone() };
            let more = (own.parameters() - spec.parameters()) * candle_core::DType::from(dtype).size_in_bytes();
            text += &format!(
                "head             tied to the embedding by config.json; {} more where the weights, which are not on this \
                 machine yet, have one that differs\n",
                size(more as u64)
            );
        }
        for remark in plan.remarks() {
            text += &format!("remark           {remark}\n");
        }
        let fits = memory.require(dtype, &device.found);
        if fits.is_ok()
            && device.device.is_cpu()
            && let Some(rate) = Cost::measured_rate(spec)
        {
            text += &format!("time             about {} on this machine\n", words(plan.cost().seconds(rate)));
        }
        super::print(&text)?;
        fits
    }
}

/// What each δ can do, a line for each, and where that is known from.
fn reach(known: &Reach) -> String {
    let row = |row: &AtDelta| {
        let reached = row.reached.map(|share| format!("angular moves {} of the tokens so far", share.words()));
        let flipped = row.flipped.map(|share| format!("magnitude turns {} of them round", share.words()));
        let words: Vec<String> = reached.into_iter().chain(flipped).collect();
        (!words.is_empty()).then(|| format!("reach            δ {}: {}\n", figure::delta(row.delta), words.join(", ")))
    };
    let rows: String = known.rows.iter().filter_map(row).collect();
    if rows.is_empty() { rows } else { format!("{rows}                 {}\n", known.from) }
}

/// A duration in round words.
fn words(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.max(1.0)),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
