//! A method with its options, as callers hold it.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Entry, METHODS, Method};
use crate::OptionsError;

/// A method with its options. Cheap to clone; serialises as its options beside its `name`.
#[derive(Clone)]
pub struct ChosenMethod(Arc<dyn Method>);

impl ChosenMethod {
    /// The method of a table by its name and options; [`METHODS`] are ours.
    ///
    /// # Errors
    /// [`OptionsError::Unknown`] for a name that is not in the table, [`OptionsError::Malformed`] for options that the method
    /// does not have or that take no such value.
    pub fn among(table: &[Entry], name: &str, fields: Map<String, Value>) -> Result<Self, OptionsError> {
        let Some(entry) = table.iter().find(|entry| entry.name == name) else {
            let expected = table.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
            return Err(OptionsError::Unknown { field: "method", value: name.to_owned(), expected });
        };
        entry.with(fields).map_err(|error| OptionsError::Malformed {
            what: format!("method {name}"),
            reason: error.to_string(),
        })
    }
}

impl Default for ChosenMethod {
    fn default() -> Self {
        METHODS[0].method()
    }
}

impl<M: Method + 'static> From<M> for ChosenMethod {
    fn from(method: M) -> Self {
        Self(Arc::new(method))
    }
}

impl Deref for ChosenMethod {
    type Target = dyn Method;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for ChosenMethod {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.fields() == other.fields()
    }
}

impl FromStr for ChosenMethod {
    type Err = OptionsError;

    /// The method of this name with its defaults.
    fn from_str(name: &str) -> Result<Self, OptionsError> {
        Self::among(METHODS, name, Map::new())
    }
}

impl fmt::Display for ChosenMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ChosenMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for ChosenMethod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Map::from_iter([("name".to_owned(), self.name().into())]);
        fields.extend(self.fields());
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ChosenMethod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let Some(Value::String(name)) = fields.remove("name") else {
            return Err(D::Error::missing_field("name"));
        };
        Self::among(METHODS, &name, fields).map_err(D::Error::custom)
    }
}
