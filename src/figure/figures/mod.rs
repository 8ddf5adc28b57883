//! The figures that can be exported: each by a name, made from what the pictures of one study, or of several, show.

mod caption;
mod compare;
mod data;
mod heads;
mod layers;
mod main;
mod mechanism;
mod replication;
mod vectors;

use super::draw::{Block, Page};
use super::made_of::MadeOf;
use super::picture::{Pictures, Scale, Values};
use super::scene::Scene;
use super::style::Style;
use super::views::View as Of;
use crate::error::{Error, Result};
use crate::experiment::{Kind, Origin, Results, find};
use crate::findings::Findings;
use crate::study::{Mode, Study};
use std::sync::Arc;

/// A study that figures are made of.
#[derive(Debug, Clone)]
pub struct Source {
    /// What the study is called beside others: its file, or the model that was published.
    pub name: String,
    /// What its pictures show.
    pub pictures: Arc<Pictures>,
}

impl Source {
    /// Of `results`, which are called `name`.
    #[must_use]
    pub fn of(results: Results, name: impl Into<String>) -> Self {
        let findings = Arc::new(Findings::of(results));
        Self { name: name.into(), pictures: Arc::new(Pictures::of(findings)) }
    }

    /// Every model that was published.
    #[must_use]
    pub fn published() -> Vec<Self> {
        let models = &crate::published::published().models;
        models.iter().map(|model| Self::of(model.results(), &model.name)).collect()
    }

    /// What its results say.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        self.pictures.findings()
    }

    /// The study.
    #[must_use]
    pub fn study(&self) -> &Study {
        self.findings().study()
    }

    /// Where its results come from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.findings().results().origin
    }

    /// Why its numbers are preliminary; none where they are not.
    #[must_use]
    pub fn preliminary(&self) -> Option<String> {
        self.findings().results().preliminary()
    }
}

/// What is chosen of what a figure can show, as in the panels of the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    /// Modes that are not shown.
    pub hidden: Vec<Mode>,
    /// δ, where one is shown at a time; none for the one in the middle.
    pub delta: Option<f64>,
    /// The scales of δ and of the damage.
    pub scales: [Scale; 2],
    /// Which values of heads the colours are.
    pub heads: Values,
    /// Which of several: the run whose displacement is shown, or the tests; none for the first.
    pub part: Option<String>,
}

/// A figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its name in commands and files.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What is drawn.
    pub scene: Scene,
    /// Everything that is needed to read it.
    pub caption: String,
    /// Every mark that it shows, as CSV.
    pub data: String,
}

/// What a figure shows, before it is laid out.
struct Drawing {
    blocks: Vec<Block>,
    /// What the marks are, in sentences.
    caption: String,
    /// What stands in the figure itself: the protocol and the layers.
    note: String,
}

/// A figure that there is.
struct Known {
    id: &'static str,
    title: &'static str,
    /// The experiments that it is made of; one of them is enough. None where any will do.
    kinds: &'static [Kind],
    make: fn(&[Source], &View, &Style) -> Option<Drawing>,
}

/// Every figure, in the order in which they are shown.
const KNOWN: [Known; 15] = [
    Known {
        id: "dissociation",
        title: Of::Dissociation.title(),
        kinds: Of::Dissociation.kinds(),
        make: main::dissociation,
    },
    Known { id: "dose-response", title: Of::Dose.title(), kinds: &[Kind::Sweep], make: main::dose },
    Known { id: "statistics", title: Of::Statistics.title(), kinds: &[], make: main::statistics },
    Known {
        id: "mechanism",
        title: "What repairs give back, and in which layers",
        kinds: &[Kind::AttentionRepair, Kind::Pathways, Kind::NormRepair, Kind::LayerSets],
        make: mechanism::mechanism,
    },
    Known {
        id: "replication",
        title: "The same in several models",
        kinds: &[Kind::Sweep],
        make: replication::replication,
    },
    Known { id: "entropy-layers", title: Of::Entropy.title(), kinds: Of::Entropy.kinds(), make: heads::entropy_layers },
    Known {
        id: "entropy-heads",
        title: "Attention entropy by head",
        kinds: Of::Entropy.kinds(),
        make: heads::entropy_heads,
    },
    Known { id: "repair", title: Of::Repair.title(), kinds: Of::Repair.kinds(), make: mechanism::repair },
    Known { id: "heads", title: "Heads, ranked and repaired", kinds: Of::Heads.kinds(), make: heads::heads },
    Known { id: "layer-sets", title: "Which layers matter", kinds: Of::Layers.kinds(), make: layers::layer_sets },
    Known { id: "qk", title: Of::Alignment.title(), kinds: Of::Alignment.kinds(), make: layers::qk },
    Known { id: "displacement", title: Of::Displacement.title(), kinds: &[], make: vectors::displacement },
    Known { id: "audit", title: Of::Audit.title(), kinds: Of::Audit.kinds(), make: vectors::audit },
    Known { id: "norms", title: "How long vectors are", kinds: &[], make: vectors::norms },
    Known { id: "compare", title: Of::Compare.title(), kinds: &[], make: compare::compare },
];

/// The names of all figures.
#[cfg(test)]
pub(super) fn all_ids() -> Vec<&'static str> {
    KNOWN.iter().map(|known| known.id).collect()
}

/// The figure `id` of `studies`. Figures of one study are of the first.
///
/// # Errors
/// [`Error::usage`] where there is no such figure, the study does not have its experiments, nothing of them is in yet, or
/// `style` asks for what cannot be.
pub fn figure(studies: &[Source], id: &str, view: &View, style: &Style) -> Result<Figure> {
    style.check()?;
    let known = KNOWN.iter().find(|known| known.id == id).ok_or_else(|| {
        let names: Vec<&str> = KNOWN.iter().map(|known| known.id).collect();
        Error::usage(format!("there is no figure \"{id}\"; the figures are {}", names.join(", ")))
    })?;
    let drawing = (known.make)(studies, view, style).ok_or_else(|| missing(studies, known))?;
    let several: Vec<Source> = match id {
        // Those that have something in it.
        "replication" => studies.iter().filter(|source| source.pictures.damage().is_some()).cloned().collect(),
        "compare" => studies.iter().filter(|source| compare::has_something(source)).cloned().collect(),
        _ => studies.iter().take(1).cloned().collect(),
    };
    let (caption, warning) = (caption::whole(&several, known.title, &drawing.caption), caption::warning(&several));
    let more = data::remarks(&drawing.blocks, style);
    let (caption, note) = (format!("{caption}{more}"), format!("{}{more}", drawing.note));
    let data = data::csv(&drawing.blocks);
    let page = Page { legend: data::legend(&drawing.blocks), blocks: drawing.blocks, warning, note };
    let mut scene = page.draw(style)?;
    known.title.clone_into(&mut scene.title);
    scene.description.clone_from(&caption);
    Ok(Figure { id: known.id, title: known.title, scene, caption, data })
}

/// Whether what `view` chooses is there for the figure `id`.
///
/// # Errors
/// [`Error::usage`] that names what there is.
pub fn check_view(studies: &[Source], id: &str, view: &View) -> Result<()> {
    let Some(source) = studies.first() else { return Ok(()) };
    let parts: Vec<String> = match id {
        "displacement" => source.pictures.displacement().into_iter().flat_map(|data| data.runs.clone()).collect(),
        "statistics" => {
            let groups = source.pictures.statistics().into_iter().flat_map(|data| &data.groups);
            groups.map(|group| group.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    if let Some(part) = view.part.as_ref().filter(|part| !parts.contains(part)) {
        let known = if parts.is_empty() { "none".to_owned() } else { format!("\"{}\"", parts.join("\", \"")) };
        return Err(Error::usage(format!("the figure \"{id}\" has no part \"{part}\"; its parts are {known}")));
    }
    let deltas = match id {
        "audit" => source.pictures.audit().map(super::picture::audit::Data::deltas),
        "displacement" => source.pictures.displacement().map(|data| {
            let run = view.part.as_ref().and_then(|part| parts.iter().position(|known| known == part));
            data.deltas(run.unwrap_or(0))
        }),
        _ => None,
    };
    let there = deltas.unwrap_or_default();
    if let Some(delta) = view.delta.filter(|delta| !there.contains(delta)) {
        let known: Vec<String> = there.iter().map(ToString::to_string).collect();
        let known = if known.is_empty() { "none: it shows no single δ".to_owned() } else { known.join(", ") };
        return Err(Error::usage(format!("the figure \"{id}\" has no δ {delta} to choose; there is {known}")));
    }
    Ok(())
}

/// Why there is no figure: which setting of the study adds what it is made of.
fn missing(studies: &[Source], known: &Known) -> Error {
    let id = known.id;
    let on = |kind: &Kind| studies.iter().any(|source| find(source.study(), *kind).is_some());
    // The audit of pairs is set with that of texts.
    let kinds: Vec<Kind> = known.kinds.iter().copied().filter(|kind| *kind != Kind::AuditPairs).collect();
    if kinds.is_empty() {
        return Error::usage(format!("the file holds nothing, or nothing yet, that the figure \"{id}\" is made of"));
    }
    let made_of = format!(", which the figure \"{id}\" is made of");
    Error::usage(if known.kinds.iter().any(on) {
        MadeOf { begins: "the file holds nothing yet of ", kinds, ends: made_of }
    } else {
        MadeOf { begins: "the study has no ", kinds, ends: format!("{made_of}; add it to the study and run it") }
    })
}

/// The figures that there is something for in `studies`: names and titles.
#[must_use]
pub fn figures(studies: &[Source]) -> Vec<(&'static str, &'static str)> {
    let (view, style) = (View::default(), Style::default());
    let there = |known: &&Known| (known.make)(studies, &view, &style).is_some();
    KNOWN.iter().filter(there).map(|known| (known.id, known.title)).collect()
}
