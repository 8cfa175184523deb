//! What outputs tell of how they were made: the method, and the options that are not as they are by default; no paths, no clock.

use serde_json::{Value, json};

use super::TransferOptions;
use crate::io::Edit;
use crate::method::METHODS;

impl Edit {
    /// What was done with these options, at a time in seconds since the beginning of 1970, UTC, where one is to be told.
    pub fn of(options: &TransferOptions, seconds: Option<u64>) -> Self {
        let entry = METHODS.iter().find(|entry| entry.name == options.method.name());
        let default = entry.map(|entry| TransferOptions::new(entry.method())).unwrap_or_default();
        // What cannot be told without folders is not told.
        let given = options.without_folders().unwrap_or_else(|_| default.clone());
        let [given, default] =
            [&given, &default].map(|options| serde_json::to_value(options).unwrap_or_default());
        let parameters = sparse(given, &default).to_string();
        Self { method: options.method.name().into(), parameters, seconds }
    }

    /// A look of this name was given, as `how` says.
    pub fn of_look(name: &str, how: &Value, seconds: Option<u64>) -> Self {
        let parameters = json!({ "look": name, "how": how }).to_string();
        Self { method: format!("look {name}"), parameters, seconds }
    }
}

/// What differs from the defaults, and what tells what it is.
fn sparse(given: Value, default: &Value) -> Value {
    match (given, default) {
        (Value::Object(given), Value::Object(default)) => Value::Object(
            given
                .into_iter()
                .filter(|(key, value)| {
                    matches!(&**key, "version" | "name")
                        || value.get("name").is_some()
                        || default.get(key) != Some(value)
                })
                .map(|(key, value)| {
                    let value = sparse(value, default.get(&key).unwrap_or(&Value::Null));
                    (key, value)
                })
                .collect(),
        ),
        (given, _) => given,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LookOptions, Weights};

    #[test]
    fn it_tells_what_differs_and_no_paths() {
        assert_eq!(
            Edit::of(&TransferOptions::default(), None).parameters,
            r#"{"method":{"name":"look"},"version":1}"#
        );
        let network = Weights::File("/home/ann/nets/vgg.safetensors".into());
        let mut options = TransferOptions::new(LookOptions { network, ..LookOptions::default() });
        options.apply.strength = 0.5;
        let edit = Edit::of(&options, Some(7));
        assert_eq!((edit.method.as_str(), edit.seconds), ("look", Some(7)));
        assert_eq!(
            edit.parameters,
            r#"{"apply":{"strength":0.5},"method":{"name":"look","network":{"file":"vgg.safetensors"}},"version":1}"#
        );
        // They can be read again.
        let mut again = TransferOptions::from_json(&edit.parameters).unwrap();
        assert_eq!(again.apply.strength, 0.5);
        again.apply.strength = 1.0;
        assert_ne!(again, TransferOptions::default());
    }
}
