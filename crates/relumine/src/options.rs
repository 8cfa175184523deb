//! What a caller can choose, with the defaults in one place. Everything that shapes a transfer serialises.

mod edit;

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::look::Apply;
use crate::method::ChosenMethod;
use crate::pairing::PairOptions;
use crate::{OptionsError, Result, Weights};

/// Where the arithmetic is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Device {
    /// The GPU where this build and machine have one, and not the CPU in its disguise, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// Any GPU, in software too; an error where there is none.
    Gpu,
}

/// Everything that shapes a transfer.
///
/// Serialises as a map with its `version`; what is not there has its default, and what is not known is refused by its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct TransferOptions {
    /// The method, with its options.
    pub method: ChosenMethod,
    /// How the two photos are paired.
    pub pairing: PairOptions,
    /// How the look is applied.
    pub apply: Apply,
}

/// The version of what options serialise to.
const VERSION: u32 = 1;

/// Options as they serialise.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    method: ChosenMethod,
    #[serde(default)]
    pairing: PairOptions,
    #[serde(default)]
    apply: Apply,
}

impl TryFrom<Document> for TransferOptions {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        let Document { version, method, pairing, apply } = document;
        if version == VERSION {
            Ok(Self { method, pairing, apply })
        } else {
            Err(format!("they are of version {version}, and {VERSION} is understood"))
        }
    }
}

impl From<TransferOptions> for Document {
    fn from(options: TransferOptions) -> Self {
        let TransferOptions { method, pairing, apply } = options;
        Self { version: VERSION, method, pairing, apply }
    }
}

impl TransferOptions {
    /// The defaults of a method, with its options as given.
    pub fn new(method: impl Into<ChosenMethod>) -> Self {
        Self { method: method.into(), ..Self::default() }
    }

    /// Reads what options serialise to.
    ///
    /// # Errors
    /// [`OptionsError::Malformed`] where something is not known, by its name, or takes no such value.
    pub fn from_json(json: &str) -> Result<Self, OptionsError> {
        serde_json::from_str(json)
            .map_err(|error| OptionsError::Malformed { what: "options".into(), reason: error.to_string() })
    }

    /// The same options with files by their names alone: what leaves this machine tells nobody its folders.
    ///
    /// # Errors
    /// [`OptionsError::Malformed`] for weights that are bytes, and for a method that is not in [`METHODS`](crate::METHODS): they do not serialise.
    pub fn without_folders(&self) -> Result<Self, OptionsError> {
        let malformed = |error: serde_json::Error| OptionsError::Malformed {
            what: "options".into(),
            reason: error.to_string(),
        };
        if let Some(Weights::Bytes(_)) = self.method.needs().network.map(|need| need.weights) {
            let reason = "a network that is given as bytes has no name to save".into();
            return Err(OptionsError::Malformed { what: self.method.name().into(), reason });
        }
        let value = serde_json::to_value(self).map_err(malformed)?;
        serde_json::from_value(by_names_alone(value)).map_err(malformed)
    }

    /// Finds what is wrong with the options by themselves.
    ///
    /// # Errors
    /// The first number that is out of its range, a list of layers that is empty, a network that is missing.
    pub fn check(&self) -> Result<(), OptionsError> {
        self.apply.check()?;
        self.pairing.check()?;
        self.method.check()
    }
}

/// Files, which stand beside `file`, by their names.
fn by_names_alone(value: Value) -> Value {
    let named = |(key, value): (String, Value)| {
        let value = match &value {
            Value::String(path) if key == "file" => {
                Path::new(path).file_name().map(|name| name.to_string_lossy().into()).unwrap_or_default()
            }
            _ => by_names_alone(value),
        };
        (key, value)
    };
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().map(named).collect::<Map<_, _>>()),
        Value::Array(values) => Value::Array(values.into_iter().map(by_names_alone).collect()),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tap;
    use crate::method::{DeepPhotoOptions, METHODS, Schedule};
    use crate::pairing::{Edges, GroundLook, Masks, UnpairedLook};
    use crate::refine::Refinement;

    #[test]
    fn all_options_come_back() {
        let mut options = TransferOptions::new(DeepPhotoOptions {
            size: 300,
            iterations: Some(7),
            schedule: Schedule::Paper,
            network: Some(Weights::File("vgg19.safetensors".into())),
            style_layers: vec![Tap::CONTENT],
            ..DeepPhotoOptions::default()
        });
        options.apply.strength = 0.25;
        options.pairing.masks = Masks::None;
        options.pairing.edges = Edges::Matte;
        options.pairing.unpaired = UnpairedLook::Keep;
        options.pairing.ground = GroundLook::Free;
        options.pairing.segmenter = Weights::File("b0.safetensors".into());
        options.pairing.segment.refinement = Refinement::RobustPn;
        options.pairing.segment.refine.sampling.sweeps = 3;
        for options in METHODS.iter().map(|entry| TransferOptions::new(entry.method())).chain([options]) {
            let json = serde_json::to_string(&options).unwrap();
            assert_eq!(TransferOptions::from_json(&json).unwrap(), options, "{json}");
        }
    }

    #[test]
    fn what_is_not_there_has_its_default_and_what_is_not_known_is_named() {
        let sparse =
            TransferOptions::from_json(r#"{"version": 1, "method": {"name": "transport"}}"#).unwrap();
        assert_eq!(sparse, TransferOptions::new(crate::method::TransportOptions::default()));
        for (json, mention) in [
            (r#"{"method": {"name": "look"}}"#, "version"),
            (r#"{"version": 2}"#, "version 2"),
            (r#"{"version": 1, "methods": {}}"#, "methods"),
            (r#"{"version": 1, "method": {"name": "magic"}}"#, "magic"),
            (r#"{"version": 1, "method": {"size": 3}}"#, "name"),
            (r#"{"version": 1, "method": {"name": "look", "tv_weight": 1}}"#, "tv_weight"),
            (r#"{"version": 1, "method": {"name": "look", "style_layers": ["relu9_9"]}}"#, "relu9_9"),
            (r#"{"version": 1, "pairing": {"edge": "soft"}}"#, "edge"),
            (r#"{"version": 1, "pairing": {"segment": {"refine": {"wombat": 1}}}}"#, "wombat"),
            (r#"{"version": 1, "apply": {"strenght": 1}}"#, "strenght"),
        ] {
            let error = TransferOptions::from_json(json).unwrap_err().to_string();
            assert!(error.contains(mention), "{json}: {error}");
        }
    }

    #[test]
    fn folders_are_left_out_and_bytes_refused() {
        let with =
            |network: Weights| TransferOptions::new(crate::LookOptions { network, ..Default::default() });
        let options = with(Weights::File("/home/ann/nets/vgg.pth".into())).without_folders().unwrap();
        assert_eq!(options, with(Weights::File("vgg.pth".into())));
        assert!(with(Weights::Bytes([1].into())).without_folders().is_err());
    }

    #[test]
    fn errors_name_fields() {
        let mut options = TransferOptions::default();
        options.apply.strength = 1.5;
        let error = options.check().unwrap_err().to_string();
        assert_eq!(error, "strength is 1.5, but must be between 0 and 1");
        let huge = crate::LookOptions { photorealism_weight: 1e45, ..Default::default() };
        let error = TransferOptions::new(huge).check().unwrap_err().to_string();
        assert!(error.starts_with("photorealism_weight is 1000"), "{error}");
    }
}
