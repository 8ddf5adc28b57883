//! Settings with which nothing could come of an experiment, whatever the model: they are refused before it runs, since its
//! zeros would look like a finding.

use crate::corpus::Item;
use crate::error::Result;
use crate::experiment::{At, Experiment, Kind, repairs};
use crate::intervention::{FINEST, LONGEST};
use crate::study::{DeltaUnit, Key, Mode, Need, Setting, Sign, Study, Tokens, Wrong};

/// Refuses several seeds where the runs of all of them would be one run.
///
/// # Errors
/// [`crate::Error::usage`] that names the setting, why nothing is drawn, and what would work.
pub fn check_seeds(experiment: &dyn Experiment, study: &Study) -> Result<()> {
    let (of, modes, seeds) = (&study.perturbation, experiment.modes(study), experiment.seeds(study).len());
    if seeds < 2 || modes.iter().any(|mode| of.draws_for(*mode)) {
        return Ok(());
    }
    let mut fixed = Vec::new();
    if of.sign != Sign::Random && modes.iter().any(|mode| mode.has_sign()) {
        fixed.push(Setting::Sign);
    }
    if of.direction.file().is_some() && modes.iter().any(|mode| mode.has_direction()) {
        fixed.push(Setting::Direction);
    }
    let kind = experiment.kind();
    let setting = if experiment.grid().seeds.is_some() { own(kind, Key::Seeds) } else { Setting::Seeds };
    Err(Wrong::OneRun { setting, seeds, kind, modes, fixed }.into())
}

/// Refuses layers that are read or repaired where the disturbed run is the clean one.
///
/// # Errors
/// [`crate::Error::usage`] that names the setting, what was found, and what would work.
pub fn check_layers(experiment: &dyn Experiment, at: &At) -> Result<()> {
    let kind = experiment.kind();
    let (key, repaired) = match () {
        // Its sets are smaller than the disturbed layers are many, so that one of those is later than the first.
        () if kind == Kind::LayerSets => return Ok(()),
        () if repairs(kind) => (Key::RepairLayers, true),
        () if !experiment.reads().is_empty() => (Key::ReadLayers, false),
        () => return Ok(()),
    };
    let (Some(first), Some(last)) = (at.layers.first(), at.other_layers.last()) else { return Ok(()) };
    if last > first {
        return Ok(());
    }
    let found = experiment.grid().other_layers.cloned();
    let (setting, disturbed, deepest) = (own(kind, key), at.layers.clone(), at.spec.layers - 1);
    Err(Wrong::TooEarly { setting, repaired, found, disturbed, deepest }.into())
}

/// Refuses tokens that no item of an experiment has, or that nothing of what it measures depends on: the last token of a
/// sequence predicts none.
///
/// # Errors
/// [`crate::Error::usage`] that names the setting, what was found, and what would work.
pub fn check_tokens<'a>(kind: Kind, tokens: &Tokens, items: impl Iterator<Item = &'a Item>) -> Result<()> {
    let lengths: Vec<usize> = items.flat_map(Item::lengths).collect();
    let moving = |scored: fn(usize) -> usize| {
        let moves = |length: &&usize| (0..scored(**length)).any(|position| tokens.contains(position, **length));
        lengths.iter().filter(moves).count()
    };
    let longest = lengths.iter().max().copied().unwrap_or(0);
    if moving(|length| length) == 0 {
        return Err(Wrong::NoSuchToken(kind, longest).into());
    }
    // Attention is read at every token.
    let reads_attention = matches!(kind, Kind::Entropy | Kind::QkAlignment);
    let able = if reads_attention { moving(|length| length) } else { moving(|length| length.saturating_sub(1)) };
    if 2 * able >= lengths.len() {
        return Ok(());
    }
    let tokens = tokens.clone();
    Err(match able {
        0 => Wrong::LastTokens(tokens, kind),
        able => Wrong::FewTokens { tokens, able, all: lengths.len(), kind },
    }
    .into())
}

/// Refuses a direction that is given, or a sign that is fixed, where no mode of any experiment has one.
///
/// # Errors
/// [`crate::Error::usage`] that names the setting and the modes that have one.
pub fn check_unused<'a>(study: &Study, experiments: impl Iterator<Item = &'a dyn Experiment>) -> Result<()> {
    let modes: Vec<Mode> = experiments.flat_map(|experiment| experiment.modes(study)).collect();
    if study.perturbation.direction.file().is_some() && !modes.iter().any(|mode| mode.has_direction()) {
        return Err(Wrong::Unused(Setting::Direction).into());
    }
    if study.perturbation.sign != Sign::Random && !modes.iter().any(|mode| mode.has_sign()) {
        return Err(Wrong::Unused(Setting::Sign).into());
    }
    Ok(())
}

/// Refuses δ that float32 cannot hold, whatever the model.
///
/// # Errors
/// [`crate::Error::usage`] that names the setting, what was found, and what would work.
pub fn check_deltas(experiment: &dyn Experiment, study: &Study) -> Result<()> {
    let is_fraction = study.perturbation.delta_unit != DeltaUnit::Absolute;
    let kind = experiment.kind();
    for delta in experiment.deltas(study) {
        let setting = match experiment.grid().deltas {
            None => Setting::Deltas,
            Some(_) if matches!(kind, Kind::Sweep | Kind::Syntax) || kind.is_audit() => own(kind, Key::Deltas),
            Some(_) => own(kind, Key::Delta),
        };
        let holds = |need| Err(Wrong::Holds(setting, format!("{delta:e}"), need).into());
        if delta > LONGEST {
            return holds(Need::LongDelta(LONGEST));
        }
        if is_fraction && delta < FINEST {
            return holds(Need::FineDelta(FINEST));
        }
    }
    Ok(())
}

/// The setting of the experiment `kind`, in the table that it is set by.
fn own(kind: Kind, key: Key) -> Setting {
    Setting::Of(kind.table(), key)
}

#[cfg(test)]
mod tests {
    use crate::hub::Hub;
    use crate::lm::{Checkpoint, Part};
    use crate::runner::Plan;
    use crate::study;

    /// What planning `text` on the demo says; empty where nothing is wrong.
    fn said(text: &str) -> String {
        let study = study::parse(&format!("[texts]\nlimit = 4\n{text}")).unwrap();
        let demo = Checkpoint::open(&study.model, Part::Shape, &mut Hub::cache_only()).unwrap();
        match Plan::of(study, &demo, &mut Hub::cache_only()) {
            Ok(_) => String::new(),
            Err(error) => {
                assert_eq!(error.exit_code(), 2);
                error.to_string()
            }
        }
    }

    #[test]
    fn the_last_token_changes_what_is_read_and_nothing_that_is_scored() {
        let of = |tokens: &str, experiment: &str| {
            said(&format!("[perturbation]\ntokens = {tokens}\n[experiments.{experiment}]\n"))
        };
        for experiment in ["sweep", "syntax", "pathways", "heads", "audit"] {
            let message = of("\"last\"", experiment);
            for part in
                ["perturbation.tokens is \"last\"", "the last token of a sequence predicts none", "all-but-first"]
            {
                assert!(message.contains(part), "{experiment}: {message}");
            }
            assert!(message.contains("[experiments."), "{message}");
            for tokens in ["\"all\"", "\"all-but-first\"", "[0]", "[3, 900]"] {
                assert_eq!(of(tokens, experiment), "", "{tokens}");
            }
        }
        for experiment in ["entropy", "qk_alignment"] {
            assert_eq!(of("\"last\"", experiment), "");
        }
        let beyond = of("[900]", "sweep");
        assert!(beyond.contains("no sequence of [experiments.sweep] is long enough") && beyond.contains("longest has"));
        // One text has 900 tokens at most; the last one that the longest text has is no better than "last".
        let longest: usize = beyond.split("longest has ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let last = of(&format!("[{}]", longest - 1), "sweep");
        assert!(last.contains("has the last tokens alone"), "{last}");
        let rare = of(&format!("[{}]", longest - 2), "sweep");
        assert!(rare.contains("in 1 of the 4 sequences of [experiments.sweep]"), "{rare}");
    }

    #[test]
    fn what_is_read_or_repaired_comes_after_what_is_disturbed() {
        let of = |layers: &str, experiment: &str| {
            said(&format!("[perturbation]\nlayers = \"{layers}\"\n[experiments.{experiment}\n"))
        };
        for (experiment, setting) in [
            ("entropy]\nread_layers", "read_layers"),
            ("qk_alignment]\nread_layers", "read_layers"),
            ("attention_repair]\nrepair_layers", "repair_layers"),
            ("norm_repair]\nrepair_layers", "repair_layers"),
            ("heads]\ntop = [1]\nsingles = 1\nrepair_layers", "repair_layers"),
        ] {
            let message = of("3-5", &format!("{experiment} = \"0-3\""));
            for part in [&format!("{setting} is \"0-3\""), "at the output of layer 3", "one of the layers 4 to 7"] {
                assert!(message.contains(part), "{message}");
            }
            assert_eq!(of("3-5", &format!("{experiment} = \"0-4\"")), "");
        }
        let alone = of("3", "pathways]");
        assert!(alone.contains("is not set, so that the disturbed layers (3) are repaired"), "{alone}");
        let deepest = of("7", "entropy]\nread_layers = \"all\"");
        assert!(deepest.contains("the model's last one: disturb an earlier one"), "{deepest}");
        assert_eq!(of("7", "sweep]"), "", "the losses come after the last layer");
    }

    #[test]
    fn seeds_that_would_be_one_run_are_refused() {
        let of = |perturbation: &str| said(&format!("[perturbation]\n{perturbation}\n[experiments.sweep]"));
        // The file is looked at only after that.
        let direction = "direction = { file = \"nowhere.safetensors\" }";
        for (modes, why) in [
            ("modes = [\"angular\", \"isotropic\"]\nseeds = [3, 4]", "perturbation.direction is given"),
            (
                "modes = [\"angular\", { blend = 45 }]\nsign = \"grow\"",
                "perturbation.sign is fixed and perturbation.direction",
            ),
            ("modes = [\"angular\", { blend = 90 }]", "perturbation.direction is given"),
            ("modes = [\"magnitude\"]\nsign = \"shrink\"", "perturbation.sign is fixed"),
        ] {
            let message = of(&format!("{modes}\n{direction}"));
            assert!(message.starts_with("perturbation.seeds names ") && message.contains(why), "{message}");
            assert!(message.contains("[experiments.sweep]") && message.contains("set it to 1"), "{message}");
        }
        let own =
            said("[perturbation]\nmodes = [\"magnitude\"]\nsign = \"grow\"\nseeds = 1\n[experiments.sweep]\nseeds = 3");
        assert!(own.starts_with("experiments.sweep.seeds names 3 seeds"), "{own}");
        for modes in [
            "modes = [\"magnitude\"]\nsign = \"grow\"\nseeds = 1",
            "modes = [\"magnitude\", \"angular\"]\nsign = \"grow\"",
            "modes = [{ blend = 45 }]\nsign = \"grow\"",
        ] {
            assert_eq!(of(modes), "", "{modes}");
        }
    }

    #[test]
    fn deltas_that_float32_cannot_hold_are_refused() {
        let of = |perturbation: &str| said(&format!("[perturbation]\n{perturbation}\n[experiments.sweep]"));
        assert!(of("deltas = [1, 1e19]").contains("perturbation.deltas holds 1e19: δ goes up to 1e18"));
        for unit in ["of_norm", "of_layer_median"] {
            assert!(of(&format!("deltas = [1e30]\ndelta_unit = \"{unit}\"")).contains("δ goes up to"));
            assert!(of(&format!("deltas = [1e-30]\ndelta_unit = \"{unit}\"")).contains("so small a share"));
        }
        let one = said("[experiments.entropy]\ndelta = 1e20");
        assert!(one.starts_with("experiments.entropy.delta holds"), "{one}");
        assert_eq!(of("deltas = [0.001, 1e6]"), "");
    }
}
