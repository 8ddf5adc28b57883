//! Which runs share their noise, by protocol.

use crate::corpus::Item;
use crate::experiment::{Condition, Disturbance, repairs};
use crate::intervention::NoiseKey;
use crate::study::{Mode, Pairing, Protocol, Settings};

/// What the noise of a sequence is for. Under the strict protocol that is the seed, the text and, later, layer and
/// position: neither mode nor δ enters, so that both are compared under common random numbers. The published study
/// drew anew for every δ and experiment, and kept its directions by the shape of the tensor, that is, by the length
/// of the text, but for repairs, where it drew for each text. An audit compares settings of both protocols, so all of it
/// draws as the strict one does.
pub(super) fn noise_key(
    protocol: Protocol,
    settings: Settings,
    condition: &Condition,
    disturbance: &Disturbance,
    item: &Item,
    sequence: usize,
) -> NoiseKey {
    let Disturbance { mode, delta, seed } = *disturbance;
    let experiment = condition.experiment;
    let published = protocol == Protocol::Published && !experiment.is_audit();
    let text = if published && mode == Mode::Angular && !repairs(experiment) {
        format!("length {}", item.sequences[sequence].len())
    } else {
        item.name.clone()
    };
    let mut extra = String::new();
    if published {
        extra += &format!("{experiment} δ {delta} ");
    }
    if settings.pairing == Pairing::Separate {
        if item.sequences.len() > 1 {
            extra += if sequence == 0 { "good" } else { "bad" };
        }
        // A repair that is no arm of an experiment, but asked for in a trace, leaves the draws as they are.
        if !condition.pass.patches.is_empty() && !condition.arm.is_plain() {
            extra += &format!("repair {}", condition.arm);
        }
    }
    NoiseKey { seed, text, layer: None, extra }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Arm, Kind, Pass, Repaired};
    use crate::intervention::Patch;
    use crate::lm::Site;

    const REPAIRED: Arm = Arm::Repaired(Repaired::Attention);

    fn key(protocol: Protocol, mode: Mode, delta: f64, name: &str, lengths: &[usize], sequence: usize) -> NoiseKey {
        let item = Item { name: name.to_owned(), sequences: lengths.iter().map(|n| vec![0; *n]).collect() };
        let disturbance = Disturbance { mode, delta, seed: 0 };
        let condition = Condition {
            experiment: Kind::Syntax,
            disturbance: Some(disturbance),
            arm: Arm::Plain,
            pass: Pass::default(),
        };
        noise_key(protocol, protocol.settings(mode), &condition, &disturbance, &item, sequence)
    }

    #[test]
    fn strict_noise_knows_neither_mode_nor_delta_nor_member() {
        let strict = |mode, delta, sequence| key(Protocol::Strict, mode, delta, "pair a 1", &[5, 6], sequence);
        assert_eq!(strict(Mode::Angular, 1.0, 0), strict(Mode::Magnitude, 2.0, 1));
        assert_ne!(strict(Mode::Angular, 1.0, 0), key(Protocol::Strict, Mode::Angular, 1.0, "pair a 2", &[5, 6], 0));
    }

    #[test]
    fn published_noise_is_that_of_the_notebook() {
        let published =
            |mode, delta, name, lengths, sequence| key(Protocol::Published, mode, delta, name, lengths, sequence);
        // Directions are those of all sequences of one length.
        let angular = published(Mode::Angular, 1.0, "pair a 1", &[5, 5], 0);
        assert_eq!(angular, published(Mode::Angular, 1.0, "pair b 7", &[5, 5], 1));
        assert_ne!(angular, published(Mode::Angular, 1.0, "pair a 1", &[6, 6], 0));
        assert_ne!(angular, published(Mode::Angular, 2.0, "pair a 1", &[5, 5], 0));
        // Signs are drawn for each sentence.
        let magnitude = published(Mode::Magnitude, 1.0, "pair a 1", &[5, 5], 0);
        assert_ne!(magnitude, published(Mode::Magnitude, 1.0, "pair a 1", &[5, 5], 1));
        assert_ne!(magnitude, published(Mode::Magnitude, 1.0, "pair b 7", &[5, 5], 0));
    }

    #[test]
    fn repaired_runs_share_their_noise_unless_the_protocol_says_otherwise() {
        let item = Item { name: "text 3".to_owned(), sequences: vec![vec![0; 5]] };
        let key = |experiment, protocol: Protocol, mode, repaired| {
            let patches = if repaired { Patch::whole(&[Site::AttnOut], &[3]) } else { Vec::new() };
            let (arm, pass) = (if repaired { REPAIRED } else { Arm::Plain }, Pass::repaired(&[2, 3], patches));
            let disturbance = Disturbance { mode, delta: 5.0, seed: 0 };
            let condition = Condition { experiment, disturbance: Some(disturbance), arm, pass };
            noise_key(protocol, protocol.settings(mode), &condition, &disturbance, &item, 0)
        };
        let shared =
            |protocol, mode| key(Kind::Pathways, protocol, mode, true) == key(Kind::Pathways, protocol, mode, false);
        assert!(shared(Protocol::Strict, Mode::Angular) && shared(Protocol::Strict, Mode::Magnitude));
        assert!(shared(Protocol::Published, Mode::Angular) && !shared(Protocol::Published, Mode::Magnitude));
        // A trace is a plain run of a sweep whatever it repairs.
        let traced = |patches: &[Patch]| {
            let (disturbance, pass) =
                (Disturbance { mode: Mode::Magnitude, delta: 5.0, seed: 0 }, Pass::repaired(&[2, 3], patches.to_vec()));
            let condition =
                Condition { experiment: Kind::Sweep, disturbance: Some(disturbance), arm: Arm::Plain, pass };
            let settings = Protocol::Published.settings(disturbance.mode);
            noise_key(Protocol::Published, settings, &condition, &disturbance, &item, 0)
        };
        assert_eq!(traced(&Patch::whole(&[Site::AttnOut], &[3])), traced(&[]));
        // The published study drew its directions for each text where it repaired.
        assert_eq!(key(Kind::Pathways, Protocol::Published, Mode::Angular, false).text, "text 3");
        assert_eq!(key(Kind::Entropy, Protocol::Published, Mode::Angular, false).text, "length 5");
        // An audit compares both protocols under the same draws.
        let audit = |protocol| key(Kind::Audit, protocol, Mode::Angular, false);
        assert_eq!(audit(Protocol::Published), audit(Protocol::Strict));
    }
}
