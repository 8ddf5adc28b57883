//! The audit: what the gap between the modes is made of, on texts and on minimal pairs.

use super::Point;
use super::waterfall::{Step, Waterfall};
use crate::experiment::{Arm, AuditOf, Cell, Kind, corner};
use crate::figure::counted;
use crate::figure::words::{Part, audit_answers};
use crate::findings::{Findings, layers_written};
use crate::study::Mode;

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    /// The audits that there are, that on texts first.
    pub audits: Vec<Audit>,
    /// From which protocol to which, and the layers.
    pub setting: String,
}

/// The audit on texts or on pairs.
#[derive(Debug)]
pub struct Audit {
    /// Which of them.
    pub kind: Kind,
    /// By δ: the steps, or why there is no gap.
    pub by_delta: Vec<(f64, Result<Waterfall, String>)>,
    /// Texts or pairs behind it.
    pub items: usize,
    /// By δ: what makes the gap, and what remains, in a sentence.
    pub answers: Vec<(f64, String)>,
}

/// The experiments.
pub const SHOWN: [Kind; 2] = [Kind::Audit, Kind::AuditPairs];

impl Data {
    /// Of `findings`; none where nothing is in.
    #[must_use]
    pub fn of(findings: &Findings) -> Option<Self> {
        let of = |kind: Kind| {
            let list = findings.audit(kind);
            let items = list.iter().map(|audit| audit.items).min()?;
            let by_delta = list.iter().map(|audit| (audit.delta, waterfall(audit, kind, items))).collect();
            Some(Audit { kind, by_delta, items, answers: audit_answers(findings, kind) })
        };
        let audits: Vec<Audit> = SHOWN.into_iter().filter_map(of).collect();
        let layers = audits.first().map(|audit| layers_written(findings.layers_of(audit.kind))).unwrap_or_default();
        let setting = format!("From the published to the strict protocol, layers {layers}.");
        (!audits.is_empty()).then_some(Self { audits, setting })
    }

    /// Every δ that was audited, ascending.
    #[must_use]
    pub fn deltas(&self) -> Vec<f64> {
        let mut deltas: Vec<f64> =
            self.audits.iter().flat_map(|audit| &audit.by_delta).map(|(delta, _)| *delta).collect();
        deltas.sort_by(f64::total_cmp);
        deltas.dedup();
        deltas
    }

    /// What stands below the picture.
    #[must_use]
    pub fn caption(&self) -> String {
        format!("{CAPTION} {}", self.setting)
    }
}

const CAPTION: &str = "Each pale bar is a setting's share of the gap, its Shapley value: it leads from the gap before the \
                       setting goes from published to strict to the gap after, averaged over all orders; the number is what it takes off the gap. Whiskers: 95 % \
                       bootstrap interval over items and seeds.";

impl Audit {
    /// What the gap is, and how many texts or pairs are behind it.
    #[must_use]
    pub fn what(&self) -> String {
        let (one, many) = noun(self.kind);
        format!("{}; n {}", words(self.kind).1, counted(self.items, one, many))
    }

    /// The table of the cells that its shares are made of.
    #[must_use]
    pub fn cells(&self) -> &'static str {
        if self.kind == Kind::AuditPairs { "audit_pairs_cells" } else { "audit_cells" }
    }

    /// The unit of the gap.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        words(self.kind).2
    }

    /// What makes the gap at `delta`, in a sentence.
    #[must_use]
    pub fn answer(&self, delta: f64) -> Option<&str> {
        self.answers.iter().find(|(known, _)| *known == delta).map(|(_, words)| words.as_str())
    }

    /// The steps at `delta`, or in a sentence why there are none; none where this δ was not audited.
    #[must_use]
    pub fn at(&self, delta: f64) -> Option<Result<&Waterfall, String>> {
        let (_, outcome) = self.by_delta.iter().find(|(known, _)| *known == delta)?;
        Some(
            outcome
                .as_ref()
                .map_err(|why| format!("There is no gap to take apart at δ {delta}: {}.", why.trim_end_matches('.'))),
        )
    }
}

/// What stands above an audit.
#[must_use]
pub fn heading(kind: Kind) -> &'static str {
    words(kind).0
}

/// The steps of `audit`, which is of so many items; or why there is no gap.
fn waterfall(audit: &AuditOf, kind: Kind, items: usize) -> Result<Waterfall, String> {
    let n = counted(items, noun(kind).0, noun(kind).1);
    let step = |(part, estimate): (Part, Result<crate::stats::Estimate, String>)| {
        let estimate = estimate?;
        Ok(Step {
            name: part.title().to_owned(),
            meaning: format!("{}\nn {n}", part.meaning()),
            is_whole: part.is_whole(),
            value: estimate.value,
            interval: estimate.interval,
            sides: sides(kind, part, audit.delta),
        })
    };
    Ok(Waterfall { steps: Part::of(audit).into_iter().map(step).collect::<Result<_, String>>()? })
}

/// Both modes at a corner of the factorial: of the published gap or of what remains; a share is of no corner.
fn sides(kind: Kind, part: Part, delta: f64) -> Vec<(String, Point)> {
    let strict = match part {
        Part::Published => 0,
        Part::Remains => usize::MAX,
        Part::Share(_) => return Vec::new(),
    };
    let side = |mode: Mode| {
        let arm = Arm::Cell(Cell::of(kind, mode, &corner(kind, mode, strict)));
        (mode.to_string(), Point { kind, mode, arm, delta: Some(delta), layer: None, head: None })
    };
    [Mode::Angular, Mode::Magnitude].map(side).to_vec()
}

/// What is audited, one of them and several.
fn noun(kind: Kind) -> (&'static str, &'static str) {
    if kind == Kind::AuditPairs { ("pair", "pairs") } else { ("text", "texts") }
}

/// What is audited, what the gap is, and its unit.
fn words(kind: Kind) -> (&'static str, &'static str, &'static str) {
    match kind {
        Kind::AuditPairs => ("On minimal pairs", "Gap: drop in accuracy, angular − magnitude", "percentage points"),
        _ => ("On texts", "Gap: ln (damage angular / damage magnitude)", "ln ratio"),
    }
}
