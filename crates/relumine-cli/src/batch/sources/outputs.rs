//! The folder of outputs as seen from where sources are looked for: what lies in it is no source.

use std::path::{Path, PathBuf};

use super::canonical;

/// The folder of outputs, where it is another than that in which sources are looked for.
pub(super) struct Outputs(Option<PathBuf>);

impl Outputs {
    pub(super) fn seen_from(folder: &Path, outputs: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Self(outputs.canonicalize().ok().filter(|outputs| !canonical(folder).starts_with(outputs)))
    }

    /// Whether a folder is one of outputs.
    pub(super) fn hold(&self, folder: &Path) -> bool {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        self.0.as_ref().is_some_and(|outputs| canonical(folder).starts_with(outputs))
    }
}
