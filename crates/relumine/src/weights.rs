//! Where network weights come from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Where network weights come from. An [`Engine`](crate::Engine) loads each once.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// What is embedded in this crate.
    #[default]
    Embedded,
    /// A file: safetensors, or a PyTorch checkpoint.
    File(PathBuf),
    /// The bytes of such a file. They do not serialise: options that name them cannot travel.
    #[serde(skip)]
    Bytes(Arc<[u8]>),
}

impl Weights {
    /// What stands for them in messages and reports; `embedded` says which network is meant by [`Weights::Embedded`].
    pub(crate) fn path(&self, embedded: &str) -> PathBuf {
        match self {
            Self::Embedded => format!("embedded {embedded}").into(),
            Self::File(path) => path.clone(),
            Self::Bytes(bytes) => format!("{} bytes of weights", bytes.len()).into(),
        }
    }
}

impl From<PathBuf> for Weights {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Path> for Weights {
    fn from(path: &Path) -> Self {
        Self::File(path.into())
    }
}

/// As reports tell it: `embedded`, or the file.
impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

impl fmt::Debug for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Weights({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_travel_and_bytes_do_not() {
        for weights in [Weights::Embedded, Weights::File("a/b.safetensors".into())] {
            let json = serde_json::to_string(&weights).unwrap();
            assert_eq!(serde_json::from_str::<Weights>(&json).unwrap(), weights, "{json}");
        }
        assert!(serde_json::to_string(&Weights::Bytes([1, 2].into())).is_err());
    }
}
