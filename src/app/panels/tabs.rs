//! The tabs over the middle of the window: one per question, each with its picture and its tables.

use super::Shown;
use crate::app::kinds;
use crate::app::theme::{palette, strong};
use crate::experiment::Kind;
use crate::figure::Table;
use egui::accesskit::Role;
use egui::{FontSelection, RichText, Sense, Stroke, Ui, WidgetInfo, WidgetText, pos2, vec2};

/// A tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
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

    /// Whether the study that is set up, or the one that is shown, has something for it.
    fn is_asked_for(self, shown: &Shown) -> bool {
        let of = |study| self.kinds().iter().any(|kind| kinds::is_on(study, *kind));
        self.kinds().is_empty() || of(shown.study) || shown.summary.is_some_and(|summary| of(&summary.study))
    }
}

/// Draws the row of tabs, and changes which one is `open`.
pub fn show(ui: &mut Ui, open: &mut Tab, shown: &Shown) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let widths = Tab::ALL.map(|tab| width(ui, tab));
        // Closer together where the window is narrow.
        let between = (ui.available_width() - widths.iter().sum::<f32>()) / widths.len() as f32;
        for (tab, width) in Tab::ALL.into_iter().zip(widths) {
            let size = vec2(width + between.clamp(8.0, 24.0), 32.0);
            if one(ui, tab, size, *open == tab, tab.is_asked_for(shown)) {
                *open = tab;
            }
        }
    });
}

/// As wide as its name when it is open, so that nothing moves.
fn width(ui: &Ui, tab: Tab) -> f32 {
    let widest = WidgetText::from(RichText::new(tab.name()).text_style(strong()));
    widest.into_galley(ui, None, f32::INFINITY, FontSelection::Default).size().x
}

/// One tab; true where it was pressed.
fn one(ui: &mut Ui, tab: Tab, size: egui::Vec2, open: bool, asked_for: bool) -> bool {
    let palette = palette(ui);
    let style = if open { strong() } else { egui::TextStyle::Body };
    let text = WidgetText::from(RichText::new(tab.name()).text_style(style));
    let galley = text.into_galley(ui, None, f32::INFINITY, FontSelection::Default);
    let galley_width = galley.size().x;
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, open, tab.name()));
    let ink = if open || asked_for { palette.text } else { palette.muted };
    if !open && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect.shrink2(vec2(4.0, 4.0)), 4.0, palette.control_hover);
    }
    ui.painter().galley(
        pos2(rect.center().x - galley.size().x / 2.0, rect.center().y - galley.size().y / 2.0),
        galley,
        ink,
    );
    if open {
        let y = rect.bottom() - 1.0;
        ui.painter().line_segment(
            [pos2(rect.center().x - galley_width / 2.0, y), pos2(rect.center().x + galley_width / 2.0, y)],
            Stroke::new(2.0, palette.chosen),
        );
    }
    let words = if asked_for {
        format!("Shows {}", tab.what())
    } else {
        format!("The study does not ask for it. It would show {}", tab.what())
    };
    response.on_hover_text(words).clicked()
}
