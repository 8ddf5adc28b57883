//! A config.json, read field by field with messages that name the field.

use crate::error::{Error, Result};
use serde_json::Value;

/// The fields of a Hugging Face config.json.
pub struct Config(Value);

impl Config {
    /// The config in `text`, which came from `origin`.
    ///
    /// # Errors
    /// [`Error::Data`] where it is not a JSON object.
    pub fn parse(text: &[u8], origin: &str) -> Result<Self> {
        match serde_json::from_slice(text) {
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
        let value = Self::required(field, self.get(field))?;
        value.as_str().ok_or_else(|| Self::wrong(field, value, "a string"))
    }

    /// A whole number that may be absent.
    ///
    /// # Errors
    /// [`Error::Data`] where it is no whole number.
    pub fn optional_integer(&self, field: &str) -> Result<Option<usize>> {
        let parse = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        self.get(field).map(|v| parse(v).ok_or_else(|| Self::wrong(field, v, "a whole number"))).transpose()
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

    /// A truth value, `default` where it is absent.
    ///
    /// # Errors
    /// [`Error::Data`] where it is something else.
    pub fn flag(&self, field: &str, default: bool) -> Result<bool> {
        self.get(field).map_or(Ok(default), |v| v.as_bool().ok_or_else(|| Self::wrong(field, v, "true or false")))
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

    /// Refuses rotary embeddings whose frequencies are scaled.
    ///
    /// # Errors
    /// [`Error::Data`] that names the kind of scaling.
    pub fn refuse_scaled_rotary(&self) -> Result<()> {
        for table in ["rope_scaling", "rope_parameters"].into_iter().filter_map(|field| self.get(field)) {
            let kind = table.get("rope_type").or_else(|| table.get("type")).and_then(Value::as_str);
            if let Some(kind) = kind.filter(|kind| *kind != "default") {
                return Err(Error::Data(format!(
                    "config.json: rotary scaling of the kind \"{kind}\" is not supported"
                )));
            }
        }
        Ok(())
    }
}
