//! The methods that can be chosen by name: one line each.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    ChosenMethod, DeepPhotoOptions, GradeOptions, LookOptions, Method, NeuralOptions, TransportOptions,
};

/// A method that can be chosen by name.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    default: fn() -> ChosenMethod,
    parse: fn(Map<String, Value>) -> serde_json::Result<ChosenMethod>,
}

/// All methods, the default first.
pub const METHODS: &[Entry] = &[
    Entry::of::<LookOptions>(
        "look",
        "An optimised bilateral grid of colour matrices; its network is embedded",
    ),
    Entry::of::<GradeOptions>(
        "grade",
        "The reference's edit without its scene, at once; its network is embedded",
    ),
    Entry::of::<TransportOptions>("transport", "Colour maps in closed form, at once; needs no network"),
    Entry::of::<DeepPhotoOptions>("deep-photo", "Deep Photo Style Transfer (Luan et al. 2017)"),
    Entry::of::<NeuralOptions>("neural", "Neural style transfer (Gatys et al. 2016): painterly"),
];

impl Entry {
    /// The entry of a method whose options serialise, with its name and what it does in a line.
    pub const fn of<M: Method + Default + DeserializeOwned + 'static>(
        name: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            about,
            default: || M::default().into(),
            parse: |fields| Ok(serde_json::from_value::<M>(Value::Object(fields))?.into()),
        }
    }

    /// The method with its defaults.
    pub fn method(&self) -> ChosenMethod {
        (self.default)()
    }

    /// The method with these options, and its defaults for the others.
    ///
    /// # Errors
    /// Where it has no option of a name, or the option takes no such value.
    pub fn with(&self, fields: Map<String, Value>) -> serde_json::Result<ChosenMethod> {
        (self.parse)(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_named_as_their_methods_and_take_what_they_give() {
        for entry in METHODS {
            let method = entry.method();
            assert_eq!(method.name(), entry.name);
            assert_eq!(entry.with(method.fields()).unwrap(), method);
            let mut fields = method.fields();
            fields.insert("wombat".into(), 1.into());
            let error = entry.with(fields).unwrap_err().to_string();
            assert!(error.contains("wombat"), "{error}");
        }
    }
}
