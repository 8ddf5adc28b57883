//! The values in a GGUF file's header by name and type.

use candle_core::quantized::gguf_file::Value;
use std::collections::HashMap;

/// Keys and values; a value of another type than the one that is asked for is none.
#[derive(Clone, Copy)]
pub struct Metadata<'a>(pub &'a HashMap<String, Value>);

impl<'a> Metadata<'a> {
    /// The text under `key`.
    pub fn text(self, key: &str) -> Option<&'a str> {
        as_text(self.0.get(key)?)
    }

    /// The truth value under `key`.
    pub fn flag(self, key: &str) -> Option<bool> {
        self.0.get(key)?.to_bool().ok()
    }

    /// The number under `key`.
    pub fn number(self, key: &str) -> Option<f64> {
        as_number(self.0.get(key)?)
    }

    /// The whole number under `key`, such as the id of a token.
    pub fn index(self, key: &str) -> Option<usize> {
        usize::try_from(self.0.get(key)?.to_u64().ok()?).ok()
    }

    /// The texts under `key`.
    pub fn texts(self, key: &str) -> Option<Vec<String>> {
        self.list(key, |value| as_text(value).map(ToOwned::to_owned))
    }

    /// The numbers under `key`.
    pub fn numbers(self, key: &str) -> Option<Vec<f64>> {
        self.list(key, as_number)
    }

    fn list<T>(self, key: &str, item: impl Fn(&'a Value) -> Option<T>) -> Option<Vec<T>> {
        match self.0.get(key)? {
            Value::Array(values) => values.iter().map(item).collect(),
            _ => None,
        }
    }
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The value as a number, where it is one.
pub fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::I8(n) => Some(f64::from(*n)),
        Value::I16(n) => Some(f64::from(*n)),
        Value::I64(n) => i32::try_from(*n).ok().map(f64::from),
        Value::U8(_) | Value::U16(_) | Value::U32(_) | Value::U64(_) => {
            value.to_u64().ok().and_then(|n| u32::try_from(n).ok()).map(f64::from)
        }
        Value::I32(n) => Some(f64::from(*n)),
        // By way of its shortest decimal: 1e-5 stays 1e-5, as a config.json would have it.
        Value::F32(x) => x.to_string().parse().ok(),
        Value::F64(x) => Some(*x),
        _ => None,
    }
}
