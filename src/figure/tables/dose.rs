//! Damage against δ: the curves, and the published study's two regimes.

use super::{Known, made};
use crate::experiment::Dose;
use crate::figure::table::{Line, Rows, Table};
use crate::findings::Findings;
use crate::stats::{DoseResponse, Estimate};
use serde_json::Map;

/// One row per mode, and one for the ratio of δ between them.
pub fn curves(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for row in findings.dose() {
        rows.add(|line| fill(line, row));
    }
    let what = "Damage against δ: saturation/(1 + (half/δ)^slope), fitted by least squares to the mean damages; half is \
                the δ at which half of the saturation is reached. The ratio is the δ of the angular over the δ of the \
                magnitude mode at equal damage, half of the lower saturation. 95 % intervals by the crossed bootstrap.";
    made(findings, known, rows, what, Map::new())
}

fn fill(line: &mut Line, row: &Dose) {
    let name = row.mode.map_or("angular / magnitude".to_owned(), |mode| mode.to_string());
    line.text("mode", "mode", "Which disturbance", &name);
    let fit = row.curve.as_ref().map(|curve| curve.as_ref().map_err(ToString::to_string));
    let of = |part: fn(&DoseResponse) -> Estimate| match &fit {
        Some(Ok(curve)) => Ok(part(curve)),
        _ => Err(String::new()),
    };
    line.estimate("saturation", "saturation (nats)", "The damage that it rises to", &of(|c| c.saturation), 1.0);
    line.estimate("half", "half (δ)", "The δ at which half of that is reached", &of(|c| c.half), 1.0);
    line.estimate("slope", "slope", "Steepness", &of(|c| c.slope), 1.0);
    let miss = fit.as_ref().and_then(|fit| fit.as_ref().ok()).map(|curve| curve.miss);
    line.share("miss", "misfit (%)", "Root mean square of the residuals, in percent of the saturation", miss);
    let ratio = row.ratio.as_ref().map(|(ratio, _)| ratio.map_err(|why| why.to_string()));
    line.estimate("ratio", "ratio of δ", "At equal damage", ratio.as_ref().unwrap_or(&Err(String::new())), 1.0);
    line.number(
        "at_damage",
        "at damage (nats)",
        "Where the ratio is taken",
        row.ratio.as_ref().map(|(_, damage)| *damage),
    );
    line.exact("items", "texts", "How many stand behind it", row.items);
    let why = match (&fit, &ratio) {
        (Some(Err(why)), _) | (_, Some(Err(why))) => why.as_str(),
        _ => "",
    };
    line.text("missing", "why not", "Why there is no curve or no ratio", why);
}

/// One row per regime.
pub fn regimes(findings: &Findings, known: &Known) -> Option<Table> {
    let mut rows = Rows::default();
    for row in findings.regimes() {
        rows.add(|line| {
            line.text("regime", "regime", "Which δ", row.name);
            line.number("angular", "angular (nats)", "Mean damage", Some(row.angular));
            line.number("magnitude", "magnitude (nats)", "Mean damage", Some(row.magnitude));
            let ratio = (row.magnitude > 0.0).then(|| row.angular / row.magnitude);
            line.number("ratio", "ratio", "Angular over magnitude", ratio);
            line.exact("n", "values of each", "Seeds times δ", row.n);
            let test = row.test.ok();
            line.number("t", "t", "Student's t of independent samples", test.map(|test| test.t));
            line.number("df", "df", "Degrees of freedom", test.map(|test| test.df));
            line.p("p", "p", "Two-sided, not corrected", test.map(|test| test.p));
            line.text(
                "missing",
                "why not",
                "Why there is no test",
                &row.test.err().map_or(String::new(), |w| w.to_string()),
            );
        });
    }
    let what = "Two regimes, published form: all damages by seed and δ of a regime, as if they were independent samples, \
                which they are not. For comparison with the figures that the study printed, and for nothing else.";
    made(findings, known, rows, what, Map::new())
}
