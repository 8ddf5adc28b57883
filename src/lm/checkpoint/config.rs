//! A config.json, read field by field with messages that name the field.

use crate::error::{Error, Result};
use crate::lm::spec::Rotary;
use crate::text;
use serde_json::Value;

/// The largest whole number that a config may hold.
const LARGEST: usize = 1 << 24;

/// The fields of a Hugging Face config.json.
pub struct Config(Value);

impl Config {
    /// The config in `bytes`, which came from `origin`.
    ///
    /// # Errors
    /// [`Error::Data`] where it is not a JSON object.
    pub fn parse(bytes: &[u8], origin: &str) -> Result<Self> {
        let text = text::decode(bytes).map_err(|why| Error::Data(format!("{origin}: {why}")))?;
        match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Ok(Self(value)),
            Ok(_) => Err(Error::Data(format!("{origin}: expected a JSON object"))),
            Err(error) => Err(Error::Data(format!("{origin}: not valid JSON: {error}"))),
        }
    }

    /// The config with these fields.
    pub fn from_value(value: Value) -> Self {
        Self(value)
    }

    fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    fn required<T>(field: &str, found: Option<T>) -> Result<T> {
        found.ok_or_else(|| Error::Data(format!("config.json: {field} is missing")))
    }

    fn wrong(field: &str, found: &Value, expected: &str) -> Error {
        Error::Data(format!("config.json: {field} is {found}; expected {expected}"))
    }

    /// A string that has to be there.
    ///
    /// # Errors
    /// [`Error::Data`] where it is missing or no string.
    pub fn text(&self, field: &str) -> Result<&str> {
        Self::required(field, self.optional_text(field)?)
    }

    /// A string that may be absent.
    ///
    /// # Errors
    /// [`Error::Data`] where it is no string.
    pub fn optional_text(&self, field: &str) -> Result<Option<&str>> {
        self.get(field).map(|v| v.as_str().ok_or_else(|| Self::wrong(field, v, "a string"))).transpose()
    }

    /// A whole number that may be absent. What is larger than any model has is refused here, before something of its
    /// size is allocated.
    ///
    /// # Errors
    /// [`Error::Data`] where it is no whole number, or too large.
    pub fn optional_integer(&self, field: &str) -> Result<Option<usize>> {
        let parse = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= LARGEST);
        let expected = format!("a whole number of at most {LARGEST}");
        self.get(field).map(|v| parse(v).ok_or_else(|| Self::wrong(field, v, &expected))).transpose()
    }

    /// A whole number that may be absent, or the first of a list of them.
    ///
    /// # Errors
    /// As [`Config::optional_integer`].
    pub fn optional_first_integer(&self, field: &str) -> Result<Option<usize>> {
        match self.get(field) {
            Some(Value::Array(list)) => {
                let first = list.first().cloned().unwrap_or(Value::Null);
                Self::from_value(serde_json::json!({ field: first })).optional_integer(field)
            }
            _ => self.optional_integer(field),
        }
    }

    /// A whole number that has to be there.
    ///
    /// # Errors
    /// [`Error::Data`] where it is missing or no whole number.
    pub fn integer(&self, field: &str) -> Result<usize> {
        Self::required(field, self.optional_integer(field)?)
    }

    /// A number that may be absent.
    ///
    /// # Errors
    /// [`Error::Data`] where it is no number.
    pub fn optional_number(&self, field: &str) -> Result<Option<f64>> {
        self.get(field).map(|v| v.as_f64().ok_or_else(|| Self::wrong(field, v, "a number"))).transpose()
    }

    /// A number that has to be there.
    ///
    /// # Errors
    /// [`Error::Data`] where it is missing or no number.
    pub fn number(&self, field: &str) -> Result<f64> {
        Self::required(field, self.optional_number(field)?)
    }

    /// Whether the field is not there at all, not even as null.
    #[must_use]
    pub fn is_absent(&self, field: &str) -> bool {
        self.0.get(field).is_none()
    }

    /// The kinds of attention by layer, where the config lists them: whether each is one with a sliding window.
    ///
    /// # Errors
    /// [`Error::Data`] where the list holds another kind.
    pub fn sliding_layers(&self) -> Result<Option<Vec<bool>>> {
        let Some(list) = self.get("layer_types") else { return Ok(None) };
        let kind = |value: &Value| match value.as_str() {
            Some("full_attention") => Some(false),
            Some("sliding_attention") => Some(true),
            _ => None,
        };
        let kinds = list.as_array().and_then(|list| list.iter().map(kind).collect::<Option<Vec<bool>>>());
        kinds.map(Some).ok_or_else(|| Self::wrong("layer_types", list, "full_attention or sliding_attention, by layer"))
    }

    /// A truth value, `default` where it is absent.
    ///
    /// # Errors
    /// [`Error::Data`] where it is something else.
    pub fn flag(&self, field: &str, default: bool) -> Result<bool> {
        self.get(field).map_or(Ok(default), |v| v.as_bool().ok_or_else(|| Self::wrong(field, v, "true or false")))
    }

    /// The number of heads in `field`, and the width of each, which divides `hidden`, the value of `hidden_field`.
    ///
    /// # Errors
    /// [`Error::Data`] where it does not.
    pub fn heads(&self, hidden_field: &str, hidden: usize, field: &str) -> Result<(usize, usize)> {
        let heads = self.integer(field)?;
        if heads == 0 || !hidden.is_multiple_of(heads) {
            return Err(Error::Data(format!(
                "config.json: {hidden_field} ({hidden}) is not a multiple of {field} ({heads})"
            )));
        }
        Ok((heads, hidden / heads))
    }

    /// A parameter of the rotary embedding: from the table `rope_parameters`, where newer files keep it under
    /// `new_name`, else the top-level field `old_name`.
    ///
    /// # Errors
    /// [`Error::Data`] where it is no number.
    pub fn rotary(&self, new_name: &str, old_name: &str) -> Result<Option<f64>> {
        match self.get("rope_parameters").and_then(|table| table.get(new_name)).filter(|value| !value.is_null()) {
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(Self::wrong(&format!("rope_parameters.{new_name}"), value, "a number")),
            },
            None => self.optional_number(old_name),
        }
    }

    /// The rotary embedding of heads of width `head_dim`, of which a `share` turns, with the scaling that the config
    /// asks for.
    ///
    /// # Errors
    /// [`Error::Data`] where the share is none, and for a kind of scaling that is not supported or not complete.
    pub fn rotary_embedding(&self, base_name: &str, head_dim: usize, share: f64) -> Result<Rotary> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(Error::Data(format!(
                "config.json: the share of each head that is rotated is {share}; expected more than 0, at most 1"
            )));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let dims = (head_dim as f64 * share) as usize;
        if dims == 0 || !dims.is_multiple_of(2) {
            return Err(Error::Data(format!("config.json: {dims} rotary dimensions; expected an even number")));
        }
        let mut rotary = Rotary::new(self.rotary("rope_theta", base_name)?.unwrap_or(10_000.0), dims);
        // Newer files have the first, older ones the second; where both are, they say the same.
        let tables = ["rope_parameters", "rope_scaling"].into_iter().find_map(|field| Some((field, self.get(field)?)));
        if let Some((field, table)) = tables {
            let kind = table.get("rope_type").or_else(|| table.get("type")).and_then(Value::as_str);
            match kind.unwrap_or("default") {
                "default" => {}
                "llama3" => scale_as_llama3(&mut rotary, field, table)?,
                GGUF_FACTORS => divide_by_factors(&mut rotary, table)?,
                other => {
                    return Err(Error::Data(format!(
                        "config.json: {field}: rotary scaling of the kind \"{other}\" is not supported; supported is \
                         llama3"
                    )));
                }
            }
        }
        Ok(rotary)
    }
}

/// The kind of scaling under which a GGUF file's own factors are handed on.
pub const GGUF_FACTORS: &str = "factors of a GGUF file";

/// Llama 3's scaling: long wavelengths are stretched by `factor`, short ones kept, those between blended.
fn scale_as_llama3(rotary: &mut Rotary, field: &str, table: &Value) -> Result<()> {
    let number = |name: &str| {
        let value = table.get(name).and_then(Value::as_f64).filter(|x| x.is_finite() && *x > 0.0);
        value.ok_or_else(|| Error::Data(format!("config.json: {field}.{name} is missing or not a positive number")))
    };
    let (factor, low, high) = (number("factor")?, number("low_freq_factor")?, number("high_freq_factor")?);
    let original = number("original_max_position_embeddings")?;
    if high <= low {
        return Err(Error::Data(format!(
            "config.json: {field}.high_freq_factor ({high}) is not greater than low_freq_factor ({low})"
        )));
    }
    for frequency in &mut rotary.frequencies {
        let turns = original * f64::from(*frequency) / std::f64::consts::TAU; // over the original context
        let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
        #[allow(clippy::cast_possible_truncation)]
        let scale = (kept + (1.0 - kept) / factor) as f32;
        *frequency *= scale;
    }
    Ok(())
}

/// GGUF files hold what each frequency is divided by.
fn divide_by_factors(rotary: &mut Rotary, table: &Value) -> Result<()> {
    let factors: Option<Vec<f64>> =
        table.get("factors").and_then(Value::as_array).map(|list| list.iter().filter_map(Value::as_f64).collect());
    let factors = factors.filter(|factors| factors.len() == rotary.frequencies.len()).ok_or_else(|| {
        Error::Data(format!("rope_freqs.weight: expected {} positive numbers", rotary.frequencies.len()))
    })?;
    for (frequency, factor) in rotary.frequencies.iter_mut().zip(factors) {
        #[allow(clippy::cast_possible_truncation)]
        let factor = factor as f32;
        *frequency /= factor;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_factors_of_a_gguf_file_divide_the_frequencies() {
        let scaling = json!({ "rope_type": GGUF_FACTORS, "factors": [1.0, 4.0] });
        let config = Config::from_value(json!({ "rope_theta": 100.0, "rope_scaling": scaling }));
        assert_eq!(config.rotary_embedding("rope_theta", 4, 1.0).unwrap().frequencies, [1.0, 0.025]);
        let error = config.rotary_embedding("rope_theta", 8, 1.0).unwrap_err().to_string();
        assert!(error.contains("expected 4 positive numbers"), "{error}");
    }

    #[test]
    fn llama_3_keeps_short_waves_and_stretches_long_ones() {
        let scaling = json!({ "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192 });
        let plain = Rotary::new(500_000.0, 64).frequencies;
        let config = Config::from_value(json!({ "rope_theta": 500_000.0, "rope_scaling": scaling }));
        let scaled = config.rotary_embedding("rope_theta", 64, 1.0).unwrap().frequencies;
        assert_eq!((scaled[0], scaled[31]), (plain[0], plain[31] / 8.0));
        assert!(plain.iter().zip(&scaled).any(|(plain, scaled)| scaled < plain && *scaled > plain / 8.0));
    }
}
