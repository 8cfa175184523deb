//! The lines of a manifest.

use std::fs::Metadata;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What outputs are made by, beside their sources: the same identity makes the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// SHA-256 of the look's file, in hexadecimal digits.
    pub(crate) look: String,
    /// All that was chosen, field by field.
    pub(crate) options: Value,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::batch) struct Header {
    version: String,
    #[serde(flatten)]
    identity: Identity,
}

impl Header {
    /// Of a batch of this program.
    pub(in crate::batch) fn of(identity: &Identity) -> Self {
        Self { version: env!("CARGO_PKG_VERSION").into(), identity: identity.clone() }
    }

    /// In what another batch differed from this one, as in `by another look`.
    pub(in crate::batch) fn difference(&self, now: &Self) -> Option<String> {
        if self.version != now.version {
            return Some(format!("by relumine {}, and this is {}", self.version, now.version));
        }
        if self.identity.look != now.identity.look {
            return Some("by another look".into());
        }
        // As it would be read again: numbers may lose their last digit on their way through JSON.
        let options = &now.identity.options;
        let options = serde_json::from_str(&options.to_string()).unwrap_or_else(|_| options.clone());
        let mut differences = Vec::new();
        differing("", &self.identity.options, &options, &mut differences);
        (!differences.is_empty()).then(|| format!("with other options ({})", differences.join(", ")))
    }
}

/// Lists the fields that differ, each with what it was and what it is.
fn differing(field: &str, then: &Value, now: &Value, differences: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(before), Value::Object(after)) => {
            let added = after.keys().filter(|key| !before.contains_key(*key));
            for key in before.keys().chain(added) {
                let field = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
                let [then, now] = [before, after].map(|map| map.get(key).unwrap_or(&Value::Null));
                differing(&field, then, now, differences);
            }
        }
        _ if then != now => differences.push(format!("{field} was {then}, is {now}")),
        _ => {}
    }
}

/// Any further line: what has become of an output. Paths of outputs are below their folder, those of sources below the folder that was
/// named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(in crate::batch) enum Line {
    /// It may be there or not; if it is, it is this batch's to replace.
    Begun { output: Name },
    /// It is there and whole.
    Done { output: Name, source: Name, stamp: Stamp },
}

impl Line {
    /// The output that it is about.
    pub(in crate::batch) fn output(&self) -> &Name {
        let (Self::Begun { output } | Self::Done { output, .. }) = self;
        output
    }
}

/// By what a source is known to be as it was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::batch) struct Stamp {
    /// Size of the file.
    bytes: u64,
    /// When it was last changed, in nanoseconds since 1970; 0 where the system does not say.
    modified: u64,
}

impl Stamp {
    /// Of the file with these data.
    pub(in crate::batch) fn of(file: &Metadata) -> Self {
        let since = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or_default();
        Self { bytes: file.len(), modified }
    }
}

/// A path, whatever it is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::batch) enum Name {
    /// Nearly always.
    Text(String),
    /// What is no Unicode, in the bytes that the standard library holds it in.
    Bytes(Vec<u8>),
}

impl Name {
    pub(in crate::batch) fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.into()),
            None => Self::Bytes(path.as_os_str().as_encoded_bytes().into()),
        }
    }
}
