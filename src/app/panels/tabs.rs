//! The panels in the middle of the window, one per question, and the tabs that they are opened by.

use super::Shown;
use crate::app::kinds;
use crate::app::theme::{STRONG, palette};
use crate::experiment::Kind;
use crate::figure::Table;
use egui::accesskit::Role;
use egui::{FontFamily, FontId, Id, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use serde::{Deserialize, Serialize};

/// A tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Tab {
    /// What becomes of each claim.
    #[default]
    Overview,
    /// Loss and accuracy against δ.
    Dissociation,
    /// The damage as a function of δ.
    Dose,
    /// Every test.
    Statistics,
    /// Attention entropy by layer.
    Entropy,
    /// What repairs give back.
    Repair,
    /// Heads.
    Heads,
    /// Layers over the depth.
    Layers,
    /// Queries and keys.
    Alignment,
    /// What makes the gap between the modes.
    Audit,
    /// How far vectors are moved.
    Displacement,
    /// The texts and pairs behind the numbers.
    Texts,
    /// Several studies beside each other.
    Compare,
    /// Where the numbers come from.
    Provenance,
}

impl Tab {
    /// All of them, from left to right.
    pub const ALL: [Self; 14] = [
        Self::Overview,
        Self::Dissociation,
        Self::Dose,
        Self::Statistics,
        Self::Entropy,
        Self::Repair,
        Self::Heads,
        Self::Layers,
        Self::Alignment,
        Self::Audit,
        Self::Displacement,
        Self::Texts,
        Self::Compare,
        Self::Provenance,
    ];

    /// What stands on it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Dissociation => "Dissociation",
            Self::Dose => "Dose–response",
            Self::Statistics => "Statistics",
            Self::Entropy => "Entropy",
            Self::Repair => "Repair",
            Self::Heads => "Heads",
            Self::Layers => "Layers",
            Self::Alignment => "Q–K",
            Self::Audit => "Audit",
            Self::Displacement => "Displacement",
            Self::Texts => "Texts",
            Self::Compare => "Compare",
            Self::Provenance => "Provenance",
        }
    }

    /// The experiments that it shows; none where it shows something of all.
    #[must_use]
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Dissociation => &[Kind::Sweep, Kind::Syntax],
            Self::Dose => &[Kind::Sweep],
            Self::Entropy => &[Kind::Entropy],
            Self::Repair => &[Kind::AttentionRepair, Kind::Pathways, Kind::NormRepair],
            Self::Heads => &[Kind::Heads],
            Self::Layers => &[Kind::LayerSets],
            Self::Alignment => &[Kind::QkAlignment],
            Self::Audit => &[Kind::Audit, Kind::AuditPairs],
            Self::Overview | Self::Statistics | Self::Displacement | Self::Texts | Self::Compare | Self::Provenance => {
                &[]
            }
        }
    }

    /// What it shows, in the middle of a sentence.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Overview => "what becomes of each claim",
            Self::Dissociation => "what each δ costs in loss, and in grammatical judgement",
            Self::Dose => "how the damage grows with δ, and at which δ half of it is done",
            Self::Statistics => "every test with its effect, interval and p, and the verdicts that they lead to",
            Self::Entropy => "how the entropy of attention changes, layer by layer",
            Self::Repair => "how much of the damage is undone when attention, the MLP or the norms are repaired",
            Self::Heads => "which heads look differently, and what repairing them gives back",
            Self::Layers => "which layers matter when they are disturbed, and which when they are repaired",
            Self::Alignment => "how queries, keys and the attention that they make change, layer by layer",
            Self::Audit => "which setting of the protocol makes which part of the gap between the modes",
            Self::Displacement => "how far vectors were moved, where the stream ended, and how long the vectors are",
            Self::Texts => "which texts and pairs are behind a number, and which of their tokens",
            Self::Compare => "several studies beside each other",
            Self::Provenance => "what was run: model, texts, program, device, and their checksums",
        }
    }

    /// The tab under whose picture `table` stands.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        match (table.id, table.kind) {
            ("verdicts", _) => Self::Overview,
            ("dissociation", _) => Self::Dissociation,
            ("dose_response" | "regimes", _) => Self::Dose,
            ("displacement" | "shift" | "norms" | "position_norms", _) => Self::Displacement,
            ("published", _) => Self::Compare,
            (_, Some(kind)) => Self::ALL.into_iter().find(|tab| tab.kinds().contains(&kind)).unwrap_or_default(),
            (_, None) => Self::Statistics,
        }
    }

    /// The figure that its picture is exported as; none where it has no picture of its own.
    #[must_use]
    pub fn figure(self) -> Option<&'static str> {
        match self {
            Self::Dissociation => Some("dissociation"),
            Self::Dose => Some("dose-response"),
            Self::Statistics => Some("statistics"),
            Self::Entropy => Some("entropy-layers"),
            Self::Repair => Some("repair"),
            Self::Heads => Some("heads"),
            Self::Layers => Some("layer-sets"),
            Self::Alignment => Some("qk"),
            Self::Audit => Some("audit"),
            Self::Displacement => Some("displacement"),
            Self::Compare => Some("compare"),
            Self::Overview | Self::Texts | Self::Provenance => None,
        }
    }

    /// Whether tables stand under its picture.
    #[must_use]
    pub fn has_tables(self) -> bool {
        !matches!(self, Self::Texts | Self::Provenance)
    }

    /// Whether the study that is set up, or the one that is shown, has something for it.
    pub fn is_asked_for(self, shown: &Shown) -> bool {
        let of = |study| self.kinds().iter().any(|kind| kinds::is_on(study, *kind));
        self.kinds().is_empty() || of(shown.study) || shown.summary.is_some_and(|summary| of(&summary.study))
    }
}

/// Height of a row of tabs.
pub const HEIGHT: f32 = 32.0;

/// A row of tabs: how large their names are, and what stands between them.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    size: f32,
    between: f32,
}

impl Bar {
    /// A row of `tabs` as wide as `room`: its names are smaller where they have no room.
    pub fn of(ui: &Ui, tabs: &[Tab], room: f32) -> Self {
        let between = |size: f32| {
            let taken: f32 = tabs.iter().map(|tab| width(ui, *tab, size)).sum();
            (room - taken) / tabs.len().max(1) as f32 - 0.5
        };
        let size = if between(14.0) < 12.0 { 12.0 } else { 14.0 };
        Self { size, between: between(size).clamp(5.0, 24.0) }
    }

    fn style(self, open: bool) -> FontId {
        let family = if open { FontFamily::Name(STRONG.into()) } else { FontFamily::Proportional };
        FontId::new(self.size, family)
    }
}

/// As wide as its name when it is open, so that nothing moves.
fn width(ui: &Ui, tab: Tab, size: f32) -> f32 {
    let font = FontId::new(size, FontFamily::Name(STRONG.into()));
    ui.painter().layout_no_wrap(tab.name().to_owned(), font, egui::Color32::BLACK).size().x
}

/// One tab.
pub fn one(ui: &mut Ui, id: Id, tab: Tab, bar: Bar, open: bool, asked_for: bool) -> Response {
    let palette = palette(ui);
    let ink = if open || asked_for { palette.text } else { palette.muted };
    let galley = ui.painter().layout_no_wrap(tab.name().to_owned(), bar.style(open), ink);
    let (_, rect) = ui.allocate_space(vec2(width(ui, tab, bar.size) + bar.between, HEIGHT));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, open, tab.name()));
    if !open && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect.shrink2(vec2(2.0, 4.0)), 4.0, palette.control_hover);
    }
    let size = galley.size();
    ui.painter().galley(rect.center() - size / 2.0, galley, ink);
    if open {
        let y = rect.bottom() - 1.0;
        let ends = [pos2(rect.center().x - size.x / 2.0, y), pos2(rect.center().x + size.x / 2.0, y)];
        ui.painter().line_segment(ends, Stroke::new(2.0, palette.chosen));
    }
    let lead = if asked_for { "Shows" } else { "The study does not ask for it. It would show" };
    response.on_hover_text(format!("{lead} {}\nDrag it to put it beside another", tab.what()))
}
