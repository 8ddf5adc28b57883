//! A config.json, read field by field with messages that name the field.

use crate::error::{Error, Result};
use crate::text;
use serde_json::{Map, Value, json};

/// The largest whole number that a config may hold.
pub const LARGEST: usize = 1 << 24;

/// The most layers that a config may ask for.
pub const DEEPEST: usize = 1 << 12;

/// The fields of the text part of a model of texts and images, with what stands around it where it has nothing of its own;
/// other models' as they are.
fn text_part(mut fields: Map<String, Value>) -> Map<String, Value> {
    let is_gemma_3 = fields.get("model_type").and_then(Value::as_str) == Some("gemma3");
    let Some(Value::Object(mut text)) = fields.remove("text_config").filter(|text| is_gemma_3 && text.is_object())
    else {
        return fields;
    };
    // What transformers has where such a part does not say it.
    let defaults = json!({
        "bos_token_id": 2, "hidden_size": 2304, "intermediate_size": 9216, "max_position_embeddings": 131_072,
        "num_attention_heads": 8, "num_hidden_layers": 26, "vocab_size": 262_208,
    });
    fields.insert("model_type".to_owned(), json!("gemma3_text"));
    for (key, value) in fields.into_iter().chain(defaults.as_object().cloned().unwrap_or_default()) {
        text.entry(key).or_insert(value);
    }
    text
}

/// The fields of a Hugging Face config.json.
pub struct Config {
    fields: Value,
    name: &'static str,
}

impl Config {
    /// The config in `bytes`, which came from `origin`.
    ///
    /// # Errors
    /// [`Error::data`] where it is not a JSON object.
    pub fn parse(bytes: &[u8], origin: &str) -> Result<Self> {
        let text = text::decode(bytes).map_err(|why| Error::data(format!("{origin}: {why}")))?;
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok(Self::from_value(Value::Object(text_part(fields)), "config.json")),
            Ok(_) => Err(Error::data(format!("{origin}: expected a JSON object"))),
            Err(error) => Err(Error::data(format!("{origin}: not valid JSON: {error}"))),
        }
    }

    /// The config with these fields, which is called `name` where it is told what it asks for.
    pub fn from_value(fields: Value, name: &'static str) -> Self {
        Self { fields, name }
    }

    /// What holds these fields: config.json, or what says the same in a file of another kind.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The value of a field, whatever it is; none where it is null.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    fn required<T>(field: &str, found: Option<T>) -> Result<T> {
        found.ok_or_else(|| Error::data(format!("config.json: {field} is missing")))
    }

    /// The error of a field that holds `found`.
    pub fn wrong(field: &str, found: &Value, expected: &str) -> Error {
        Error::data(format!("config.json: {field} is {found}; expected {expected}"))
    }

    /// A string that has to be there.
    ///
    /// # Errors
    /// [`Error::data`] where it is missing or no string.
    pub fn text(&self, field: &str) -> Result<&str> {
        Self::required(field, self.optional_text(field)?)
    }

    /// A string that may be absent.
    ///
    /// # Errors
    /// [`Error::data`] where it is no string.
    pub fn optional_text(&self, field: &str) -> Result<Option<&str>> {
        self.value(field).map(|v| v.as_str().ok_or_else(|| Self::wrong(field, v, "a string"))).transpose()
    }

    /// A whole number that may be absent. What is larger than any model has is refused here, before something of its
    /// size is allocated.
    ///
    /// # Errors
    /// [`Error::data`] where it is no whole number, or too large.
    pub fn optional_integer(&self, field: &str) -> Result<Option<usize>> {
        let parse = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= LARGEST);
        let expected = format!("a whole number of at most {LARGEST}");
        self.value(field).map(|v| parse(v).ok_or_else(|| Self::wrong(field, v, &expected))).transpose()
    }

    /// A whole number that may be absent, or the first of a list of them.
    ///
    /// # Errors
    /// As [`Config::optional_integer`].
    pub fn optional_first_integer(&self, field: &str) -> Result<Option<usize>> {
        match self.value(field) {
            Some(Value::Array(list)) => {
                let first = list.first().cloned().unwrap_or(Value::Null);
                Self::from_value(serde_json::json!({ field: first }), self.name).optional_integer(field)
            }
            _ => self.optional_integer(field),
        }
    }

    /// A whole number that has to be there.
    ///
    /// # Errors
    /// [`Error::data`] where it is missing or no whole number.
    pub fn integer(&self, field: &str) -> Result<usize> {
        Self::required(field, self.optional_integer(field)?)
    }

    /// A number of layers that has to be there. What is deeper than any model is refused before something is made for
    /// each layer.
    ///
    /// # Errors
    /// [`Error::data`] where it is missing, no whole number, or too large.
    pub fn layers(&self, field: &str) -> Result<usize> {
        match self.integer(field)? {
            layers if layers > DEEPEST => {
                Err(Self::wrong(field, &layers.into(), &format!("a number of layers of at most {DEEPEST}")))
            }
            layers => Ok(layers),
        }
    }

    /// Refuses weights that are stored in a form of their own: read as plain numbers they are other weights.
    ///
    /// # Errors
    /// [`Error::data`] that names the form.
    pub fn check_not_quantized(&self) -> Result<()> {
        // The first is transformers', the second what it was called before, the third MLX's.
        for field in ["quantization_config", "compression_config", "quantization"] {
            let Some(value) = self.value(field) else { continue };
            let method =
                ["quant_method", "quant_algo", "format"].into_iter().find_map(|name| value.get(name)?.as_str());
            return Err(Error::data(format!(
                "config.json: {field}: weights that are quantized ({}) are not supported; expected the model as it was \
                 before that, or a .gguf file of it",
                method.unwrap_or("by a method that it does not name")
            )));
        }
        Ok(())
    }

    /// A number that may be absent.
    ///
    /// # Errors
    /// [`Error::data`] where it is no number.
    pub fn optional_number(&self, field: &str) -> Result<Option<f64>> {
        self.value(field).map(|v| v.as_f64().ok_or_else(|| Self::wrong(field, v, "a number"))).transpose()
    }

    /// A number: `default` where the field is not there at all, none where it is null.
    ///
    /// # Errors
    /// [`Error::data`] where it is no number.
    pub fn nullable_number(&self, field: &str, default: f64) -> Result<Option<f64>> {
        if self.is_absent(field) { Ok(Some(default)) } else { self.optional_number(field) }
    }

    /// A whole number: `default` where the field is not there at all, none where it is null.
    ///
    /// # Errors
    /// As [`Config::optional_integer`].
    pub fn nullable_integer(&self, field: &str, default: usize) -> Result<Option<usize>> {
        if self.is_absent(field) { Ok(Some(default)) } else { self.optional_integer(field) }
    }

    /// Refuses a switch of the family that changes what is computed in a way that is not supported.
    ///
    /// # Errors
    /// [`Error::data`] where it is on; `what` says what that would be.
    pub fn require_off(&self, field: &str, what: &str) -> Result<()> {
        match self.value(field) {
            None | Some(Value::Bool(false)) => Ok(()),
            Some(value) => Err(Error::data(format!(
                "config.json: {field} is {value}, and {what} is not supported; supported is false"
            ))),
        }
    }

    /// A number that has to be there.
    ///
    /// # Errors
    /// [`Error::data`] where it is missing or no number.
    pub fn number(&self, field: &str) -> Result<f64> {
        Self::required(field, self.optional_number(field)?)
    }

    /// Whether the field is not there at all, not even as null.
    #[must_use]
    pub fn is_absent(&self, field: &str) -> bool {
        self.fields.get(field).is_none()
    }

    /// The kinds of attention by layer, where the config lists them: whether each is one with a sliding window.
    ///
    /// # Errors
    /// [`Error::data`] where the list holds another kind.
    pub fn sliding_layers(&self) -> Result<Option<Vec<bool>>> {
        let Some(list) = self.value("layer_types") else { return Ok(None) };
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
    /// [`Error::data`] where it is something else.
    pub fn flag(&self, field: &str, default: bool) -> Result<bool> {
        self.value(field).map_or(Ok(default), |v| v.as_bool().ok_or_else(|| Self::wrong(field, v, "true or false")))
    }

    /// The number of heads in `field`, and the width of each, which divides `hidden`, the value of `hidden_field`.
    ///
    /// # Errors
    /// [`Error::data`] where it does not.
    pub fn heads(&self, hidden_field: &str, hidden: usize, field: &str) -> Result<(usize, usize)> {
        let heads = self.integer(field)?;
        if heads == 0 || !hidden.is_multiple_of(heads) {
            return Err(Error::data(format!(
                "config.json: {hidden_field} ({hidden}) is not a multiple of {field} ({heads})"
            )));
        }
        Ok((heads, hidden / heads))
    }
}
