//! A folder of pairs of photos, laid out as that of Deep Photo Style Transfer.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use relumine::io::{Limits, Photo};

/// `input/in{id}.png`, `style/tar{id}.png`, `segmentation/{in,tar}{id}.png`.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// # Errors
    /// If there is no such folder.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !path.join("input").is_dir() {
            bail!(
                "{}: has no folder `input`; name a folder of pairs (see `relumine help eval`)",
                path.display()
            );
        }
        Ok(Self(path.to_owned()))
    }

    /// The pairs that are there, in the order of their numbers, those that have none last.
    ///
    /// # Errors
    /// If the folder cannot be read or holds no pair.
    pub(super) fn ids(&self) -> Result<Vec<String>> {
        let input = self.0.join("input");
        let unreadable = || format!("{}: cannot be read", input.display());
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&input).with_context(unreadable)? {
            let name = entry.with_context(unreadable)?.file_name();
            let id = name.to_str().and_then(|name| name.strip_prefix("in")?.strip_suffix(".png"));
            ids.extend(id.filter(|id| !id.is_empty()).map(str::to_owned));
        }
        if ids.is_empty() {
            bail!(
                "{}: holds no in{{id}}.png; name a folder of pairs (see `relumine help eval`)",
                input.display()
            );
        }
        ids.sort_by_cached_key(|id| (id.parse().unwrap_or(u64::MAX), id.clone()));
        Ok(ids)
    }

    /// The content photo.
    pub(super) fn content(&self, id: &str) -> PathBuf {
        self.0.join(format!("input/in{id}.png"))
    }

    /// The reference photo.
    pub(super) fn reference(&self, id: &str) -> PathBuf {
        self.0.join(format!("style/tar{id}.png"))
    }

    /// The masks of both; `None` for a pair that has none.
    pub(super) fn masks(&self, id: &str) -> Option<[PathBuf; 2]> {
        let masks = ["in", "tar"].map(|side| self.0.join(format!("segmentation/{side}{id}.png")));
        masks.iter().any(|mask| mask.exists()).then_some(masks)
    }

    /// All files of a pair.
    pub(super) fn files(&self, id: &str) -> Vec<PathBuf> {
        let photos = [self.content(id), self.reference(id)];
        photos.into_iter().chain(self.masks(id).into_iter().flatten()).collect()
    }

    /// Both photos.
    ///
    /// # Errors
    /// As [`Photo::open`].
    pub(super) fn photos(&self, id: &str, limits: &Limits) -> relumine::Result<[Photo; 2]> {
        Ok([Photo::open(self.content(id), limits)?, Photo::open(self.reference(id), limits)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_by_number() {
        let bench = tempfile::tempdir().unwrap();
        assert!(Folder::open(bench.path()).is_err());
        let input = bench.path().join("input");
        std::fs::create_dir(&input).unwrap();
        let folder = Folder::open(bench.path()).unwrap();
        assert!(folder.ids().is_err());
        for name in ["in10.png", "in9.png", "in.png", "inn.png", "in7.jpg", "notes.txt"] {
            std::fs::write(input.join(name), b"").unwrap();
        }
        assert_eq!(folder.ids().unwrap(), ["9", "10", "n"]);
        assert_eq!(folder.masks("9"), None);
        assert_eq!(folder.files("9").len(), 2);
    }
}
