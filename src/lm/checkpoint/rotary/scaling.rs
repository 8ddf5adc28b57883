//! The kinds of scaling of rotary frequencies, computed as transformers does.

use super::{BASE, ORIGINAL, Table};
use crate::error::{Error, Result};
use crate::lm::spec::Rotary;
use serde_json::Value;
use std::f64::consts::TAU;

/// A kind of scaling, and what of a table it reads.
pub struct Kind {
    pub name: &'static str,
    pub reads: &'static [&'static str],
    pub scale: fn(&mut Rotary, &Table) -> Result<()>,
}

/// The kind of scaling under which a GGUF file's own factors are handed on.
pub const GGUF_FACTORS: &str = "factors of a GGUF file";

/// LongRoPE.
pub const LONGROPE: &str = "longrope";

pub const KINDS: [Kind; 7] = [
    Kind { name: "default", reads: &[], scale: |_, _| Ok(()) },
    Kind { name: "linear", reads: &["factor"], scale: scale_linearly },
    // Within the longest sequence that the model was made for it leaves the frequencies as they are.
    Kind { name: "dynamic", reads: &["factor"], scale: |_, _| Ok(()) },
    Kind {
        name: "llama3",
        reads: &["factor", "low_freq_factor", "high_freq_factor", ORIGINAL],
        scale: scale_as_llama3,
    },
    Kind {
        name: "yarn",
        reads: &[
            "factor",
            ORIGINAL,
            "attention_factor",
            "beta_fast",
            "beta_slow",
            "mscale",
            "mscale_all_dim",
            "truncate",
        ],
        scale: scale_as_yarn,
    },
    Kind {
        name: LONGROPE,
        reads: &["factor", ORIGINAL, "attention_factor", "short_factor", "long_factor"],
        scale: scale_as_longrope,
    },
    Kind { name: GGUF_FACTORS, reads: &["factor", "factors"], scale: divide_by_factors },
];

/// Position interpolation (Chen et al. 2023, arXiv 2306.15595): all wavelengths are stretched by `factor`.
fn scale_linearly(rotary: &mut Rotary, table: &Table) -> Result<()> {
    #[allow(clippy::cast_possible_truncation)]
    let factor = table.number("factor")? as f32;
    rotary.frequencies.iter_mut().for_each(|frequency| *frequency /= factor);
    Ok(())
}

/// Llama 3's scaling: long wavelengths are stretched by `factor`, short ones kept, those between blended.
fn scale_as_llama3(rotary: &mut Rotary, table: &Table) -> Result<()> {
    let (factor, original) = (table.number("factor")?, table.number(ORIGINAL)?);
    let (low, high) = (table.number("low_freq_factor")?, table.number("high_freq_factor")?);
    if high <= low {
        return Err(Error::data(format!(
            "config.json: {}.high_freq_factor ({high}) is not greater than low_freq_factor ({low})",
            table.name
        )));
    }
    for frequency in &mut rotary.frequencies {
        let turns = original * f64::from(*frequency) / TAU; // over the original context
        let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
        #[allow(clippy::cast_possible_truncation)]
        let scale = (kept + (1.0 - kept) / factor) as f32;
        *frequency *= scale;
    }
    Ok(())
}

/// By how much the context was stretched: `factor`, or what the longest sequence is of the original one.
fn stretch(table: &Table) -> Result<f64> {
    let given = table.optional("factor")?;
    let stretched = || Some(table.longest? / table.number(ORIGINAL).ok()?);
    given.or_else(stretched).ok_or_else(|| table.wrong("factor"))
}

/// YaRN (Peng et al. 2023, arXiv 2309.00071): long wavelengths are stretched by `factor`, short ones kept, with a linear
/// ramp between, and attention is sharpened.
#[allow(clippy::cast_possible_truncation)]
fn scale_as_yarn(rotary: &mut Rotary, table: &Table) -> Result<()> {
    let (base, factor, original) = (table.number(BASE)?, stretch(table)?, table.number(ORIGINAL)?);
    let sharpening = |weight: f64| if factor <= 1.0 { 1.0 } else { 0.1 * weight * factor.ln() + 1.0 };
    let attention =
        match (table.optional("attention_factor")?, table.optional("mscale")?, table.optional("mscale_all_dim")?) {
            (Some(attention), ..) => attention,
            (None, Some(scale), Some(all)) => sharpening(scale) / sharpening(all),
            (None, ..) => sharpening(1.0),
        };
    let dims = 2.0 * rotary.frequencies.len() as f64;
    let dimension = |rotations: f64| dims * (original / (rotations * TAU)).ln() / (2.0 * base.ln());
    let low = dimension(table.optional("beta_fast")?.unwrap_or(32.0));
    let high = dimension(table.optional("beta_slow")?.unwrap_or(1.0));
    let truncate = match table.values.get("truncate") {
        None => true,
        Some(value) => value.as_bool().ok_or_else(|| {
            Error::data(format!("config.json: {}.truncate is {value}; expected true or false", table.name))
        })?,
    };
    let (low, high) = if truncate { (low.floor(), high.ceil()) } else { (low, high) };
    let (low, high) = (low.max(0.0), high.min(dims - 1.0));
    let width = if low == high { 0.001 } else { high - low };
    for (i, frequency) in rotary.frequencies.iter_mut().enumerate() {
        let stretched = ((i as f32 - low as f32) / width as f32).clamp(0.0, 1.0);
        let interpolated = *frequency / factor as f32;
        *frequency = interpolated * stretched + *frequency * (1.0 - stretched);
    }
    rotary.factor = attention as f32;
    Ok(())
}

/// LongRoPE (Ding et al. 2024, arXiv 2402.13753) up to the original context: every frequency is divided by its short factor.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn scale_as_longrope(rotary: &mut Rotary, table: &Table) -> Result<()> {
    let (factor, original) = (stretch(table)?, table.number(ORIGINAL)?);
    divide_by(rotary, table, "short_factor")?;
    rotary.factor = match table.optional("attention_factor")? {
        Some(attention) => attention as f32,
        None if factor <= 1.0 => 1.0,
        None => (1.0 + factor.ln() / original.ln()).sqrt() as f32,
    };
    rotary.longest = Some(original as usize);
    Ok(())
}

/// GGUF files hold what each frequency is divided by, beside a factor for all.
fn divide_by_factors(rotary: &mut Rotary, table: &Table) -> Result<()> {
    divide_by(rotary, table, "factors")?;
    if table.values.contains_key("factor") { scale_linearly(rotary, table) } else { Ok(()) }
}

/// Divides each frequency by its number in the list `key`.
fn divide_by(rotary: &mut Rotary, table: &Table, key: &str) -> Result<()> {
    let list = table.values.get(key).and_then(Value::as_array);
    let factors: Option<Vec<f64>> = list.map(|list| list.iter().filter_map(Value::as_f64).collect());
    let factors = factors.filter(|factors| factors.len() == rotary.frequencies.len()).ok_or_else(|| {
        let name = if table.kind == GGUF_FACTORS {
            "rope_freqs.weight".to_owned()
        } else {
            format!("config.json: {}.{key}", table.name)
        };
        Error::data(format!("{name}: expected {} positive numbers", rotary.frequencies.len()))
    })?;
    for (frequency, factor) in rotary.frequencies.iter_mut().zip(factors) {
        #[allow(clippy::cast_possible_truncation)]
        let factor = factor as f32;
        *frequency /= factor;
    }
    Ok(())
}
