//! δ grids by rule: evenly spaced, by equal factors, or as fractions of the median norm.

use super::deltas::parts;
use crate::app::kinds;
use crate::app::widgets::{Tone, fold, note, remark, row};
use crate::experiment::Kind;
use crate::figure::delta;
use crate::study::{DeltaUnit, Key, Setting, Study};
use egui::{DragValue, TextEdit, Ui};

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Equal steps.
    Linear,
    /// Equal factors.
    Log,
    /// Fractions of each layer's median norm.
    Fractions,
}

/// What the fields hold; nothing of it is a part of the study before it is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Generator {
    rule: Rule,
    from: f64,
    to: f64,
    count: usize,
    fractions: String,
}

/// More δ than a grid can be looked at with.
const MOST: usize = 50;

impl Generator {
    /// One that begins with the ends of `deltas`.
    fn of(deltas: &[f64]) -> Self {
        let from = deltas.iter().copied().filter(|delta| *delta > 0.0).fold(f64::INFINITY, f64::min);
        let to = deltas.iter().copied().filter(|delta| delta.is_finite()).fold(0.0, f64::max);
        let (from, to) = if from < to { (from, to) } else { (1.0, 20.0) };
        let count = deltas.len().clamp(2, MOST);
        Self { rule: Rule::Log, from, to, count, fractions: "0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1".to_owned() }
    }

    /// The grid, or why there is none.
    fn deltas(&self) -> Result<Vec<f64>, String> {
        match self.rule {
            Rule::Linear | Rule::Log => between(self.rule, self.from, self.to, self.count),
            Rule::Fractions => {
                let numbers: Result<Vec<f64>, String> = parts(&self.fractions)
                    .into_iter()
                    .map(|part| match part.parse::<f64>() {
                        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
                        _ => Err(format!("\"{part}\" is not a fraction above 0; write 0.05, 0.1, 0.25")),
                    })
                    .collect();
                let mut numbers = numbers?;
                numbers.sort_by(f64::total_cmp);
                numbers.dedup();
                if numbers.is_empty() {
                    Err("Write at least one fraction, such as 0.1".to_owned())
                } else {
                    Ok(numbers)
                }
            }
        }
    }

    fn words(&self) -> String {
        match self.rule {
            Rule::Linear => format!("linear, {} to {}, {} δ", delta(self.from), delta(self.to), self.count),
            Rule::Log => format!("log, {} to {}, {} δ", delta(self.from), delta(self.to), self.count),
            Rule::Fractions => "fractions of the median norm".to_owned(),
        }
    }
}

/// `count` numbers from `from` to `to` with three digits each, and the ends as they are.
fn between(rule: Rule, from: f64, to: f64, count: usize) -> Result<Vec<f64>, String> {
    if !(from.is_finite() && from > 0.0) {
        return Err("From has to be greater than 0".to_owned());
    }
    if !(to.is_finite() && to > from) {
        return Err("To has to be greater than from".to_owned());
    }
    if count < 2 {
        return Err("At least 2 δ: both ends".to_owned());
    }
    let last = count - 1;
    let at = |i: usize| {
        let share = i as f64 / last as f64;
        match (i, rule) {
            (0, _) => from,
            (i, _) if i == last => to,
            (_, Rule::Log) => rounded(from * (to / from).powf(share)),
            _ => rounded(from + share * (to - from)),
        }
    };
    let mut deltas: Vec<f64> = (0..count).map(at).collect();
    deltas.dedup();
    if deltas.len() == count && deltas.windows(2).all(|pair| pair[0] < pair[1]) {
        Ok(deltas)
    } else {
        Err(format!("{count} δ between {from} and {to} cannot be told apart by three digits: fewer, or wider"))
    }
}

/// `number` with three digits.
fn rounded(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// The fold under the grid.
#[derive(Default)]
pub struct GeneratorField(Option<Generator>);

impl GeneratorField {
    /// Draws it; what it makes takes the place of the study's grid.
    pub fn show(&mut self, ui: &mut Ui, study: &mut Study) {
        let generator = self.0.get_or_insert_with(|| Generator::of(&study.perturbation.deltas));
        let summary = generator.words();
        fold(ui, "generate δ", "Make a grid", &summary, |ui| body(ui, generator, study));
    }
}

fn body(ui: &mut Ui, generator: &mut Generator, study: &mut Study) {
    ui.horizontal(|ui| {
        ui.radio_value(&mut generator.rule, Rule::Linear, "Linear")
            .on_hover_text("Equal steps from the first to the last");
        ui.radio_value(&mut generator.rule, Rule::Log, "Log").on_hover_text("Equal factors from the first to the last");
    });
    ui.radio_value(&mut generator.rule, Rule::Fractions, "Fractions of the median norm").on_hover_text(
        "Makes δ these numbers and measures them in each layer's median norm: 0.1 moves every token of a layer by a tenth of \
         the median length of that layer's vectors, so that one grid suits every layer and every model. A run measures the \
         medians before its first trial, so nothing has to be known now.",
    );
    match generator.rule {
        Rule::Linear | Rule::Log => {
            row(ui, "From, to", "The least and the greatest δ", |ui, label| {
                let field = |value: &mut f64, ui: &mut Ui| {
                    let speed = (*value / 50.0).clamp(0.001, 1.0);
                    ui.add(DragValue::new(value).range(0.0..=1e6).max_decimals(6).speed(speed))
                };
                field(&mut generator.from, ui).labelled_by(label);
                field(&mut generator.to, ui).accessible_name("Greatest δ");
            });
            row(ui, "How many", "", |ui, label| {
                ui.add(DragValue::new(&mut generator.count).range(2..=MOST)).labelled_by(label);
            });
        }
        Rule::Fractions => row(ui, "Fractions", "Of the layer's median norm: 0.05, 0.1, 0.25", |ui, label| {
            ui.add(TextEdit::singleline(&mut generator.fractions).desired_width(f32::INFINITY)).labelled_by(label);
        }),
    }
    match generator.deltas() {
        Ok(deltas) => {
            let list = deltas.iter().copied().map(delta).collect::<Vec<_>>().join(", ");
            note(ui, list);
            let unit = (generator.rule == Rule::Fractions).then_some(DeltaUnit::OfLayerMedian);
            let same = study.perturbation.deltas == deltas && unit.is_none_or(|u| u == study.perturbation.delta_unit);
            let button = ui.add_enabled(!same, egui::Button::new(format!("Use these {} δ", deltas.len())));
            let hover = match unit.filter(|unit| *unit != study.perturbation.delta_unit) {
                Some(_) => {
                    "They take the place of the grid. δ of experiments, which were lengths, become the one in the middle of \
                     the grid, and grids of their own go."
                }
                None => "They take the place of the grid",
            };
            if button.on_hover_text(hover).on_disabled_hover_text("The grid has these δ already").clicked() {
                take(study, deltas, unit);
            }
        }
        Err(words) => drop(remark(ui, Tone::Error, &words)),
    }
}

/// Gives `study` the grid `deltas`; where they are in another `unit` than before, numbers of the old one go.
fn take(study: &mut Study, deltas: Vec<f64>, unit: Option<DeltaUnit>) {
    study.perturbation.deltas = deltas;
    let Some(unit) = unit.filter(|unit| *unit != study.perturbation.delta_unit) else { return };
    study.perturbation.delta_unit = unit;
    let middle = kinds::default_delta(study);
    for kind in Kind::tables() {
        if let Some(delta) = Setting::Of(kind, Key::Delta).typed_mut::<Option<f64>>(study) {
            *delta = middle;
        }
        if let Some(deltas) = Setting::Of(kind, Key::Deltas).typed_mut::<Option<Vec<f64>>>(study) {
            *deltas = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Reading;

    #[test]
    fn grids_have_their_ends_and_equal_steps_or_factors() {
        assert_eq!(between(Rule::Linear, 1.0, 5.0, 5).unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(between(Rule::Log, 0.01, 10.0, 4).unwrap(), [0.01, 0.1, 1.0, 10.0]);
        assert_eq!(between(Rule::Log, 1.0, 20.0, 3).unwrap(), [1.0, 4.47, 20.0]);
        assert_eq!(between(Rule::Linear, 0.3, 1.0, 3).unwrap(), [0.3, 0.65, 1.0]);
    }

    #[test]
    fn what_makes_no_grid_says_why() {
        for (from, to, count, part) in [
            (0.0, 1.0, 3, "greater than 0"),
            (2.0, 1.0, 3, "greater than from"),
            (f64::NAN, 1.0, 3, "greater than 0"),
            (1.0, f64::INFINITY, 3, "greater than from"),
            (1.0, 2.0, 1, "At least 2"),
            (1.0, 1.001, 40, "told apart"),
        ] {
            let words = between(Rule::Log, from, to, count).unwrap_err();
            assert!(words.contains(part), "{words}");
        }
        let fractions =
            |text: &str| Generator { rule: Rule::Fractions, fractions: text.to_owned(), ..Generator::of(&[]) }.deltas();
        assert_eq!(fractions("0.5, 0.05 0,1; 0.5").unwrap(), [0.05, 0.1, 0.5]);
        assert!(fractions("0.1, half").unwrap_err().contains("\"half\""));
        assert!(
            fractions("-1").unwrap_err().contains("above 0") && fractions(" ").unwrap_err().contains("at least one")
        );
    }

    #[test]
    fn another_unit_leaves_no_number_of_the_old_one() {
        let mut study = crate::published::study();
        assert_eq!(study.perturbation.delta_unit, DeltaUnit::Absolute);
        study.experiments.entropy = Some(Reading { delta: None, ..Reading::default() });
        take(&mut study, vec![0.1, 0.2, 0.5], Some(DeltaUnit::OfLayerMedian));
        assert_eq!(study.perturbation.deltas, [0.1, 0.2, 0.5]);
        assert_eq!(study.experiments.entropy.as_ref().unwrap().delta, Some(0.2));
        assert_eq!(study.experiments.heads.as_ref().unwrap().delta, Some(0.2));
        assert_eq!(study.experiments.syntax.as_ref().unwrap().deltas, None);
        study.validate().unwrap();
        // In the same unit everything else stays.
        study.experiments.syntax.as_mut().unwrap().deltas = Some(vec![0.5]);
        take(&mut study, vec![0.3], Some(DeltaUnit::OfLayerMedian));
        assert_eq!(study.experiments.syntax.as_ref().unwrap().deltas, Some(vec![0.5]));
    }
}
