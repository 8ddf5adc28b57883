//! The texts and pairs behind the numbers: a table of them under the trials that are chosen, and of the one that is looked
//! at its tokens and its attention, computed again.

mod align;
mod attention;
mod choice;
mod closer;
mod colours;
mod listing;
mod pair;
mod rows;
mod strip;
mod tokens;

use super::empty;
use super::picks::Picks;
use super::shown::Shown;
use crate::app::action::Action;
use crate::app::behind::Behind;
use crate::app::clerk::{Clerk, Lost};
use crate::app::summary::Summary;
use crate::app::theme::palette;
use crate::app::widgets::{Tone, keep_own_undo, note, remark};
use crate::experiment::{Material, Origin, find};
use crate::figure::picture::Point;
use crate::figure::{count, counted};
use choice::{Choice, Options, Wants};
use egui::{Align, Frame, Layout, Margin, Panel, RichText, Sense, Ui, UiBuilder};
use listing::{Ask, Column, Listing};

/// More rows would take longer to copy than a frame may last.
const MOST_COPIED: usize = 5000;

/// What is remembered between frames.
#[derive(Default)]
pub struct Texts {
    wants: Wants,
    /// What can be chosen, and of which results: their series, and how many conditions they have.
    options: Option<((u64, usize), Options)>,
    /// Words that a row has to have.
    words: String,
    sort: Option<(Column, bool)>,
    lister: Option<Clerk<Ask, Listing>>,
    asked: Option<Ask>,
    /// Why what was asked for last does not come.
    lost: Option<Lost>,
    listing: Option<Listing>,
    rows: rows::Rows,
    closer: closer::Closer,
}

impl Texts {
    /// Draws it into what is left of `ui`.
    pub fn show(&mut self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        let Some(summary) = shown.summary else {
            empty::large(ui, shown, &[], "which texts and pairs are behind a number, and which of their tokens");
            return;
        };
        if summary.origin != Origin::Run {
            let words = "The study printed means only: its texts, its pairs and its trials are not among what it published. Run \
                         it to see which texts are behind a number.";
            ui.add(egui::Label::new(RichText::new(words).color(palette(ui).muted)).wrap());
            return;
        }
        self.follow(summary, picks);
        let Some(choice) = self.strip(ui, summary, picks) else {
            let words = "The first disturbed trials are on their way; their texts stand here.";
            ui.label(RichText::new(words).color(palette(ui).muted));
            return;
        };
        self.list(ui, summary, choice);
        let behind = match summary.behind.get() {
            Some(Ok(behind)) => behind,
            Some(Err(words)) => {
                remark(ui, Tone::Error, words);
                return;
            }
            None => {
                ui.label("Reading the texts…");
                return;
            }
        };
        if let Some(lost) = &self.lost {
            remark(ui, Tone::Error, &lost.words("The list of texts"));
            if ui.button("Try again").clicked() {
                (self.lister, self.asked) = (None, None);
            }
            return;
        }
        let Some(listing) = &self.listing else {
            ui.label("Listing the texts…");
            return;
        };
        sentence(ui, listing);
        self.search(ui, shown, behind);
        let Some(listing) = &self.listing else { return };
        if let Some(item) = picks.item.filter(|item| listing.row(*item).is_some()) {
            let frame = Frame::NONE.inner_margin(Margin { left: 0, right: 0, top: 8, bottom: 0 });
            let height = (0.64 * ui.available_height()).max(160.0);
            let panel = Panel::bottom("closer look").frame(frame).default_size(height).min_size(120.0).resizable(true);
            panel.show(ui, |ui| {
                // What is shown in it never changes its height.
                let room = ui.available_rect_before_wrap();
                let inside = UiBuilder::new().id_salt("look").max_rect(room).layout(Layout::top_down(Align::Min));
                self.closer.show(&mut ui.new_child(inside), shown, summary, behind, listing, item, picks);
                ui.allocate_rect(room, Sense::hover());
            });
        }
        let height = ui.available_height();
        let done = rows::show(ui, &mut self.rows, listing, behind, picks.item, height);
        if let Some(item) = done.chosen {
            picks.item = Some(item);
        }
        if let Some(column) = done.sort {
            self.sort = match self.sort {
                Some((by, false)) if by == column => Some((column, true)),
                Some((by, true)) if by == column => None,
                _ => Some((column, false)),
            };
        }
    }

    /// Takes note of a point that was clicked, and of other results.
    fn follow(&mut self, summary: &Summary, picks: &mut Picks) {
        let key = (summary.series, summary.results.conditions.len());
        if self.options.as_ref().is_none_or(|(known, _)| *known != key) {
            if self.options.as_ref().is_some_and(|((series, _), _)| *series != summary.series) {
                picks.item = None;
                self.listing = None;
                // The model that it holds is that of the study before.
                self.closer = closer::Closer::default();
            }
            self.options = Some((key, Options::of(&summary.results)));
        }
        let Some(point) = &picks.point else { return };
        let experiment = find(&summary.study, point.kind);
        let pairs = experiment.is_some_and(|experiment| matches!(experiment.material(), Material::Pairs(_)));
        self.take(picks, pairs);
    }

    /// Chooses the trials behind the point that was clicked, which are of `pairs` or of texts.
    fn take(&mut self, picks: &mut Picks, pairs: bool) {
        let Some(point) = picks.point.take() else { return };
        if pairs != self.wants.pairs {
            picks.item = None;
        }
        // A point is the mean over all seeds.
        let Point { kind, mode, arm, .. } = point;
        self.wants = Wants { pairs, kind: Some(kind), mode: Some(mode), arm, ..Wants::default() };
        self.words.clear();
    }

    /// The controls that choose the trials, and what they choose.
    fn strip(&mut self, ui: &mut Ui, summary: &Summary, picks: &mut Picks) -> Option<Choice> {
        let (_, options) = self.options.as_ref()?;
        strip::show(ui, options, &mut self.wants, picks, summary)
    }

    /// Has the table made where something of it has changed, and takes it when it is there.
    fn list(&mut self, ui: &Ui, summary: &Summary, choice: Choice) {
        let lister = self.lister.get_or_insert_with(|| {
            let work = |(): &mut (), ask, tell: &dyn Fn(Listing)| tell(Listing::of(ask));
            Clerk::start("lister", ui.ctx().clone(), work)
        });
        let ask = Ask {
            results: summary.results.clone(),
            series: summary.series,
            behind: summary.behind.clone(),
            is_read: summary.behind.get().is_some(),
            choice,
            words: self.words.clone(),
            sort: self.sort,
        };
        if self.asked.as_ref().is_none_or(|asked| !asked.is_like(&ask)) {
            self.lost = lister.ask(ask.clone()).err();
            self.asked = Some(ask);
        }
        loop {
            match lister.answer() {
                Ok(Some(listing)) => {
                    let ask = &listing.ask;
                    let before = self.listing.as_ref().map(|before| (&before.ask.words, before.ask.sort));
                    if before.is_some_and(|before| before != (&ask.words, ask.sort)) {
                        self.rows.rewind();
                    }
                    self.listing = Some(listing);
                    self.lost = None;
                }
                Err(lost @ Lost::Failed(_)) => self.lost = Some(lost),
                Ok(None) | Err(Lost::NoThread) => break,
            }
        }
    }

    /// The field for words, and how many rows have them.
    fn search(&mut self, ui: &mut Ui, shown: &mut Shown, behind: &Behind) {
        let Some(listing) = &self.listing else { return };
        let (seen, all) = (listing.order.len(), listing.rows.len());
        let hint = if listing.ask.choice.on_pairs { "Words, or a paradigm" } else { "Words of a text" };
        ui.horizontal(|ui| {
            let field = egui::TextEdit::singleline(&mut self.words).desired_width(240.0).hint_text(hint);
            let field = ui.add(field).accessible_name("Filter");
            keep_own_undo(ui, &field);
            let clear = ui.add_enabled(!self.words.is_empty(), egui::Button::new("Clear"));
            if clear.on_disabled_hover_text("There is no filter").clicked() {
                self.words.clear();
            }
            let copy = ui.add_enabled(seen <= MOST_COPIED, egui::Button::new("Copy TSV"));
            let why = format!(
                "At most {} rows are copied: filter them, or export all trials from the File menu",
                count(MOST_COPIED)
            );
            let copy = copy.on_disabled_hover_text(why);
            if copy.on_hover_text("Put these rows on the clipboard as they are seen, for a spreadsheet").clicked() {
                shown.actions.push(Action::CopyText(rows::tsv(listing, behind), "The rows are copied"));
            }
            if seen == all {
                note(ui, "A click, or the arrow keys and Enter, choose a row.");
            } else {
                note(ui, format!("{} of {} have these words", count(seen), count(all)));
            }
        });
    }
}

/// Which trials these are, and what they come to.
fn sentence(ui: &mut Ui, listing: &Listing) {
    let response = ui.add(egui::Label::new(strip::sentence(listing)).wrap().selectable(true));
    let seeds = counted(listing.seeds.len(), "seed", "seeds");
    let rows = counted(listing.rows.len(), "text or pair", "texts or pairs");
    response.on_hover_text(format!("{}\n{rows}, {seeds}", strip::exactly(listing)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Arm, Kind, Repaired};
    use crate::study::Mode;

    const ATTENTION: Arm = Arm::Repaired(Repaired::Attention);

    #[test]
    fn a_point_that_was_clicked_is_followed() {
        let point = Point {
            kind: Kind::Sweep,
            mode: Mode::Angular,
            arm: ATTENTION,
            delta: Some(0.5),
            layer: Some(3),
            head: None,
        };
        let mut picks = Picks { head: Some(1), item: Some(7), ..Picks::default() };
        picks.look_behind(point);
        let mut texts = Texts { words: "cat".to_owned(), ..Texts::default() };
        texts.wants = Wants { seed: Some(2), arm: Arm::Repaired(Repaired::Mlp), pairs: true, ..Wants::default() };
        texts.take(&mut picks, false);
        let wants = (texts.wants.kind, texts.wants.mode, texts.wants.seed, texts.wants.arm);
        assert_eq!(wants, (Some(Kind::Sweep), Some(Mode::Angular), None, ATTENTION));
        assert_eq!((picks.delta, picks.layer, picks.head), (Some(0.5), Some(3), None));
        // The pair that was looked at is none of these.
        assert_eq!((picks.item, texts.words.as_str()), (None, ""));
        // What the user chooses after that stays.
        texts.wants.seed = Some(2);
        texts.take(&mut picks, false);
        assert_eq!(texts.wants.seed, Some(2));
    }
}
