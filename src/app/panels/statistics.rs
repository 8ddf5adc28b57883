//! The tests of a study as estimates with their intervals, experiment by experiment, for each sample that a result may
//! hold for.

use super::chart::{Origin, exact};
use super::frame::{self, AXIS, Frame};
use super::look::{Look, Marker, marker};
use super::records::{self, Record};
use super::{Picks, Point, Shown, definitions, tools};
use crate::app::kinds;
use crate::app::theme::{palette, small_numbers, title};
use crate::app::widgets::{Tone, choice, note, sign};
use crate::app::words::counted;
use crate::experiment::Kind;
use crate::figure::{Table, exponent, number};
use crate::stats::{FEW, coverage};
use crate::study::{Mode, Study};
use egui::accesskit::Role;
use egui::{
    Align, Align2, CursorIcon, FontId, Layout, Rect, RichText, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

/// The tables of the tab, whose first one is drawn.
pub const TABLES: [&str; 2] = ["statistics", "effects"];

/// What is drawn.
#[derive(Debug)]
pub struct Data {
    groups: Vec<Group>,
    /// The protocol.
    setting: String,
}

/// What one experiment compares, in one unit.
#[derive(Debug)]
struct Group {
    name: String,
    unit: String,
    rows: Vec<Row>,
    /// The fewest items and seeds of its tests.
    fewest: [usize; 2],
}

/// A comparison at one δ.
#[derive(Debug)]
struct Row {
    name: String,
    marks: Vec<Mark>,
}

/// Its estimate for one sample.
#[derive(Debug)]
struct Mark {
    sample: Sample,
    /// The sample in words.
    words: String,
    value: f64,
    interval: (f64, f64),
    p_holm: Option<f64>,
    hover: String,
    /// What is compared is behind both modes; a click leads to the angular one.
    point: Option<Point>,
}

/// What is taken for a sample of the population that the result is to hold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sample {
    Both,
    Seeds,
    Texts,
}

impl Sample {
    /// By the table's words: "texts and seeds", "seeds", "pairs".
    fn of(words: &str) -> Self {
        match words {
            "seeds" => Self::Seeds,
            words if words.ends_with(" and seeds") => Self::Both,
            _ => Self::Texts,
        }
    }

    /// What tells it from the others, and from series of other pictures.
    fn name(self) -> &'static str {
        match self {
            Self::Both => "sample: both",
            Self::Seeds => "sample: seeds",
            Self::Texts => "sample: items",
        }
    }

    fn look(self, ui: &Ui) -> Look {
        let palette = palette(ui);
        let look = Look::of(Mode::Angular, palette);
        match self {
            Self::Both => Look { colour: palette.text, ..look },
            Self::Seeds => Look { colour: palette.muted, marker: Marker::Square, ..look },
            Self::Texts => Look { colour: palette.muted, marker: Marker::Triangle, ..look },
        }
    }
}

impl Data {
    /// From the table of tests; none where nothing is in.
    pub fn of(tables: &[Table], study: &Study) -> Option<Self> {
        let records = records::of(tables, TABLES[0], study);
        let modes = &study.perturbation.modes;
        let mode = modes.iter().copied().find(|mode| *mode == Mode::Angular).or(modes.first().copied())?;
        let mut groups: Vec<Group> = Vec::new();
        for record in &records {
            let Some(mark) = mark(record, mode) else { continue };
            let unit = record.text("unit").to_owned();
            let experiment = record.text("experiment");
            let name = Kind::from_name(experiment).map_or(experiment.to_owned(), |kind| kinds::name(kind).to_owned());
            let name = if unit.is_empty() { name } else { format!("{name} ({unit})") };
            let group = match groups.iter().position(|group| group.name == name) {
                Some(known) => &mut groups[known],
                None => groups.push_mut(Group { name, unit, rows: Vec::new(), fewest: [usize::MAX; 2] }),
            };
            for (fewest, key) in group.fewest.iter_mut().zip(["items", "seeds"]) {
                *fewest = (*fewest).min(record.count(key).max(1));
            }
            let name = name_of(record);
            let row = match group.rows.iter().position(|row| row.name == name) {
                Some(known) => &mut group.rows[known],
                None => group.rows.push_mut(Row { name, marks: Vec::new() }),
            };
            // Several tests of a sample share its estimate; the first is the one that is drawn.
            if !row.marks.iter().any(|known| known.sample == mark.sample) {
                row.marks.push(mark);
            }
        }
        (!groups.is_empty()).then_some(Self { groups, setting: records::setting(tables, TABLES[0]) })
    }

    /// Draws it.
    pub fn show(&self, ui: &mut Ui, shown: &mut Shown, picks: &mut Picks) {
        picks.tests = picks.tests.min(self.groups.len().saturating_sub(1));
        ui.horizontal(|ui| {
            let words = "What differs, and how surely";
            definitions::hover(ui.label(RichText::new(words).text_style(title())), words);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let names: Vec<(usize, &str)> =
                    self.groups.iter().enumerate().map(|(i, group)| (i, group.name.as_str())).collect();
                choice(ui, "Tests of", 200.0, &mut picks.tests, &names);
                note(ui, "Tests of");
            });
        });
        let Some(group) = self.groups.get(picks.tests) else { return };
        tools::row(ui, shown, picks, tools::Tools { table: TABLES[0], ..Default::default() }, |ui, picks| {
            key(ui, group, picks);
        });
        let warning = group.warning();
        let [items, seeds] = group.fewest;
        let caption = format!(
            "{CAPTION} n at least {} and {}. {}",
            counted(items, "item", "items"),
            counted(seeds, "seed", "seeds"),
            self.setting
        );
        let below = warning.as_ref().map_or(caption.clone(), |warning| format!("{caption}\n{warning}\n"));
        super::above_caption(ui, &below, |ui| {
            let origin = shown.origin();
            let (range, _) = frame::range(&mut picks.charts, &group.name, (origin, &group.name), group.extent());
            group.show(ui, range, picks, origin);
        });
        note(ui, caption);
        if let Some(warning) = &warning {
            ui.horizontal_top(|ui| {
                sign(ui, Tone::Warning);
                let words = RichText::new(warning).small().color(Tone::Warning.colour(ui));
                ui.add(egui::Label::new(words).wrap().selectable(true));
            });
        }
    }
}

const CAPTION: &str = "Estimates with their 95 % intervals. What is taken for a sample is what the result holds for: other \
                       texts, other noise, or both. p: after Holm's correction, of the first sample.";

/// What is compared, at which δ and, where there are several, under which protocol.
fn name_of(record: &Record) -> String {
    let delta = record.number("delta").map_or(String::new(), |delta| format!(", δ {delta}"));
    let protocol = record.text("protocol");
    // The audit has the same comparison under several protocols.
    let protocol = if protocol.ends_with("(audit)") { format!(", {protocol}") } else { String::new() };
    format!("{}{delta}{protocol}", record.text("what"))
}

fn mark(record: &Record, mode: Mode) -> Option<Mark> {
    let value = record.number("estimate")?;
    let interval = record.interval("estimate")?;
    let sample_words = record.text("sample").to_owned();
    let sample = Sample::of(&sample_words);
    let (p, p_holm) = (record.number("p"), record.number("p_holm"));
    let (low, high) = interval;
    let p_words = |name: &str, p: Option<f64>| p.map_or(String::new(), |p| format!("\n{name} {}", exponent(p)));
    let hover = format!(
        "{}\n{} over {}\n{} {}\n95 % interval {} to {}{}{}\nn {}, {}",
        name_of(record),
        record.text("test"),
        &sample_words,
        exact(value),
        record.text("unit"),
        exact(low),
        exact(high),
        p_words("p", p),
        p_words("p (Holm)", p_holm),
        counted(record.count("items"), "item", "items"),
        counted(record.count("seeds"), "seed", "seeds"),
    );
    let kind = Kind::from_name(record.text("experiment"));
    let point = kind.map(|kind| Point {
        kind,
        mode,
        arm: String::new(),
        delta: record.number("delta"),
        layer: None,
        head: None,
    });
    Some(Mark { sample, words: sample_words, value, interval, p_holm, hover, point })
}

/// What was measured of intervals of `n` values, which `words` names: for n below [`FEW`].
pub fn few(n: usize, words: &str) -> String {
    let Some(row) = coverage(n) else {
        return format!("{words}: one value has no spread, so no interval says what another one would have given.");
    };
    let as_measured = if row.n == n { String::new() } else { format!(" (measured with {})", row.n) };
    format!(
        "{words}: where they make the spread, a 95 % bootstrap interval holds the truth in {} % of simulated samples{as_measured}, \
         of skewed data in {} %; Student's t interval in {} % and {} %. More of them are the remedy.",
        row.normal[1], row.exponential[1], row.normal[0], row.exponential[0]
    )
}

/// The samples of `group`, each with its marker; pressing one hides it.
fn key(ui: &mut Ui, group: &Group, picks: &mut Picks) {
    let mut there: Vec<&Mark> = Vec::new();
    for mark in group.rows.iter().flat_map(|row| &row.marks) {
        if !there.iter().any(|known| known.sample == mark.sample) {
            there.push(mark);
        }
    }
    note(ui, "Sample:");
    for Mark { sample, words, .. } in there {
        let name = sample.name();
        let shown = !picks.hidden_names.contains(&name);
        let palette = palette(ui);
        let galley = ui.painter().layout_no_wrap(words.clone(), FontId::proportional(12.0), palette.muted);
        let (rect, response) = ui.allocate_exact_size(vec2(24.0 + galley.size().x, 20.0), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, format!("Show the sample {words}")));
        let mut shapes = Vec::new();
        let look = sample.look(ui);
        let look = if shown { look } else { Look { colour: palette.line, ..look } };
        marker(look, pos2(rect.left() + 8.0, rect.center().y), palette.surface, &mut shapes);
        ui.painter().extend(shapes);
        ui.painter().galley(pos2(rect.left() + 20.0, rect.center().y - galley.size().y / 2.0), galley, palette.muted);
        if response.on_hover_text(if shown { "Hide it" } else { "Show it" }).clicked() {
            if shown { picks.hidden_names.push(name) } else { picks.hidden_names.retain(|known| *known != name) }
        }
    }
}

/// Width of the column of p.
const P: f32 = 72.0;

impl Group {
    /// What intervals of few values are worth, where there are few.
    fn warning(&self) -> Option<String> {
        let [items, seeds] = self.fewest;
        let (n, one, many) = if seeds <= items { (seeds, "seed", "seeds") } else { (items, "item", "items") };
        (n < FEW).then(|| few(n, &counted(n, one, many)))
    }

    /// What has to be seen, with 0.
    fn extent(&self) -> (f64, f64) {
        let marks = self.rows.iter().flat_map(|row| &row.marks);
        let (low, high) = marks
            .map(|mark| mark.interval)
            .filter(|(low, high)| low.is_finite() && high.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)));
        let room = if high > low { 0.04 * (high - low) } else { 1.0 };
        (low - room, high + room)
    }

    fn show(&self, ui: &mut Ui, range: (f64, f64), picks: &mut Picks, origin: Origin) {
        let most = self.rows.iter().map(|row| row.marks.len()).max().unwrap_or(1).max(1);
        let (count, least) = (self.rows.len().max(1) as f32, (8.0 + 11.0 * most as f32).max(24.0));
        let room = ui.available_height() - AXIS - 4.0;
        let each = (room / count).clamp(least, least + 24.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        let scroll = ScrollArea::vertical().id_salt(&self.name).auto_shrink([false, true]).max_height(room);
        let frame = scroll.show(ui, |ui| {
            let size = vec2(ui.available_width(), count * each);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary()));
            let with_axis = Rect::from_min_max(rect.min, rect.max + vec2(0.0, AXIS));
            let frame = Frame::new(ui, with_axis, self.rows.iter().map(|row| row.name.as_str()), P, range);
            let hovered = self.paint(ui, &frame, each, response.hover_pos(), &picks.hidden_names);
            frame.interact(ui, &response, &mut picks.charts, &self.name, origin);
            if let Some(mark) = hovered {
                let mut words = mark.hover.clone();
                if let Some(point) = mark.point.as_ref().filter(|_| origin.has_trials) {
                    words.push_str("\nclick: the trials behind it");
                    ui.set_cursor_icon(CursorIcon::PointingHand);
                    if response.clicked() {
                        picks.look_behind(point.clone());
                    }
                }
                response.on_hover_text_at_pointer(words);
            }
            frame
        });
        // The axis stays where rows scroll.
        let (axis, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS), Sense::hover());
        frame.inner.axis(ui, axis.top(), &self.unit);
        let at = pos2(frame.inner.marks.right() + P, axis.top() + 4.0);
        ui.painter().text(at, Align2::RIGHT_TOP, "p (Holm)", FontId::proportional(12.0), palette(ui).muted);
    }

    /// What is painted, in words.
    fn summary(&self) -> String {
        let of_row = |row: &Row| {
            let of_mark = |mark: &Mark| {
                let (low, high) = mark.interval;
                format!("{} [{}, {}] over {}", number(mark.value), number(low), number(high), mark.words)
            };
            format!("{}: {}", row.name, row.marks.iter().map(of_mark).collect::<Vec<_>>().join(", "))
        };
        format!("{}, {}", self.name, self.rows.iter().map(of_row).collect::<Vec<_>>().join("; "))
    }

    fn paint(&self, ui: &Ui, frame: &Frame, each: f32, pointer: Option<egui::Pos2>, hidden: &[&str]) -> Option<&Mark> {
        let palette = palette(ui);
        frame.grid(ui);
        let numbers = small_numbers().resolve(ui.style());
        let mut nearest: Option<(f32, &Mark)> = None;
        let mut top = frame.marks.top();
        for row in &self.rows {
            let middle = top + each / 2.0;
            frame.name(ui.painter(), middle, &row.name, palette.text);
            if let Some(p) = row.marks.iter().find_map(|mark| mark.p_holm) {
                let at = pos2(frame.marks.right() + P, middle);
                ui.painter().text(at, Align2::RIGHT_CENTER, exponent(p), numbers.clone(), palette.text);
            }
            let step = (each - 8.0) / row.marks.len().max(1) as f32;
            for (i, mark) in row.marks.iter().enumerate().filter(|(_, mark)| !hidden.contains(&mark.sample.name())) {
                let y = top + 4.0 + (i as f32 + 0.5) * step;
                frame.estimate(ui, y, mark.sample.look(ui), mark.value, mark.interval);
                let far = pointer.map_or(f32::INFINITY, |at| (at.y - y).abs());
                if far < step / 2.0 + 1.0 && nearest.is_none_or(|(near, _)| far < near) {
                    nearest = Some((far, mark));
                }
            }
            top += each;
            let line = [pos2(frame.names.left(), top), pos2(frame.marks.right() + P, top)];
            ui.painter().line_segment(line, Stroke::new(1.0, palette.grid));
        }
        nearest.map(|(_, mark)| mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_warned_of_with_what_was_measured() {
        let words = few(5, "5 seeds");
        assert!(
            words.starts_with("5 seeds: ") && words.contains("83.2 % of simulated samples, of skewed data in 78.3 %")
        );
        assert!(words.contains("Student's t interval in 94.8 % and 88.2 %"), "{words}");
        assert!(few(7, "7 seeds").contains("(measured with 5)"));
        assert!(few(1, "1 seed").contains("no interval"));
    }
}
