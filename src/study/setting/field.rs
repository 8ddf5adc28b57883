//! A field of a study, whatever its type, as a value of TOML.

use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::any::Any;
use toml::Value;

/// What can be read and set as a value of TOML.
pub trait Field {
    /// Its value; none of what is not set.
    fn value(&self) -> Option<Value>;

    /// Sets it, or takes it away.
    ///
    /// # Errors
    /// The reader's message where the value is of another type or out of range, or where there has to be one.
    fn set(&mut self, value: Option<Value>) -> Result<(), toml::de::Error>;

    /// Itself, to be taken as the type that it is of.
    fn any(&self) -> &dyn Any;

    /// The same, to be changed.
    fn any_mut(&mut self) -> &mut dyn Any;
}

impl<T: Serialize + DeserializeOwned + 'static> Field for T {
    fn value(&self) -> Option<Value> {
        // TOML has no word for what is absent, and refuses to write it.
        Value::try_from(self).ok()
    }

    fn set(&mut self, value: Option<Value>) -> Result<(), toml::de::Error> {
        *self = match value {
            Some(value) => value.try_into()?,
            None => T::deserialize(().into_deserializer())?,
        };
        Ok(())
    }

    fn any(&self) -> &dyn Any {
        self
    }

    fn any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
