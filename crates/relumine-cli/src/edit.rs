//! What outputs tell of how they were made: the method, and the options that are not as they are by default; no paths, no clock.

use relumine::io::Edit;
use relumine::{METHODS, TransferOptions};
use serde_json::{Value, json};

/// What was done with these options. The date is that of the variable `SOURCE_DATE_EPOCH`, where it is set to seconds
/// (<https://reproducible-builds.org/specs/source-date-epoch>).
pub(crate) fn of(options: &TransferOptions) -> Edit {
    let entry = METHODS.iter().find(|entry| entry.name == options.method.name());
    let default = entry.map(|entry| TransferOptions::new(entry.method())).unwrap_or_default();
    // What cannot be told without folders is not told.
    let given = options.without_folders().unwrap_or_else(|_| default.clone());
    let [given, default] =
        [&given, &default].map(|options| serde_json::to_value(options).unwrap_or_default());
    let parameters = sparse(given, &default).to_string();
    Edit { method: options.method.name().into(), parameters, seconds: seconds() }
}

/// A look of this name was given, as `how` says.
pub(crate) fn of_look(name: &str, how: &Value) -> Edit {
    let parameters = json!({ "look": name, "how": how }).to_string();
    Edit { method: format!("look {name}"), parameters, seconds: seconds() }
}

fn seconds() -> Option<u64> {
    std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.trim().parse().ok())
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
    use relumine::{LookOptions, Weights};

    use super::*;

    #[test]
    fn it_tells_what_differs_and_no_paths() {
        assert_eq!(of(&TransferOptions::default()).parameters, r#"{"method":{"name":"look"},"version":1}"#);
        let network = Weights::File("/home/ann/nets/vgg.safetensors".into());
        let mut options = TransferOptions::new(LookOptions { network, ..LookOptions::default() });
        options.apply.strength = 0.5;
        let edit = of(&options);
        assert_eq!(edit.method, "look");
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
