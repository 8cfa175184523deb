//! A folder of pairs of photos, laid out as that of Deep Photo Style Transfer.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use relumine::Engine;
use relumine::io::{Photo, is_named_as_photo};
use relumine::watch::Watch;

use crate::files::{self, Reading};

/// `input/in{id}.png`, `style/tar{id}.png`, `segmentation/{in,tar}{id}.png`, or with the extension of any other format; photos need
/// no masks.
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
            let path = entry.with_context(unreadable)?.path();
            let stem = path.file_stem().filter(|_| is_named_as_photo(&path));
            let id = stem.and_then(|stem| stem.to_str()?.strip_prefix("in"));
            ids.extend(id.filter(|id| !id.is_empty()).map(str::to_owned));
        }
        if ids.is_empty() {
            bail!(
                "{}: holds no in{{id}}.png or .jpg; name a folder of pairs (see `relumine help eval`)",
                input.display()
            );
        }
        ids.sort_by_cached_key(|id| (id.parse().unwrap_or(u64::MAX), id.clone()));
        ids.dedup();
        Ok(ids)
    }

    /// The content photo.
    pub(super) fn content(&self, id: &str) -> PathBuf {
        self.picture("input", &format!("in{id}"))
    }

    /// The reference photo.
    pub(super) fn reference(&self, id: &str) -> PathBuf {
        self.picture("style", &format!("tar{id}"))
    }

    /// The masks of both; `None` for a pair that has none.
    pub(super) fn masks(&self, id: &str) -> Option<[PathBuf; 2]> {
        let masks = ["in", "tar"].map(|side| self.picture("segmentation", &format!("{side}{id}")));
        masks.iter().any(|mask| mask.exists()).then_some(masks)
    }

    /// The picture of this name in a folder, a PNG before others; the PNG where there is none.
    fn picture(&self, folder: &str, stem: &str) -> PathBuf {
        let folder = self.0.join(folder);
        let png = folder.join(format!("{stem}.png"));
        if png.exists() {
            return png;
        }
        let paths =
            std::fs::read_dir(&folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let named = paths.filter(|path| path.file_stem().is_some_and(|name| name == stem));
        named.filter(|path| is_named_as_photo(path)).min().unwrap_or(png)
    }

    /// All files of a pair.
    pub(super) fn files(&self, id: &str) -> Vec<PathBuf> {
        let photos = [self.content(id), self.reference(id)];
        photos.into_iter().chain(self.masks(id).into_iter().flatten()).collect()
    }

    /// Both photos.
    ///
    /// # Errors
    /// As [`files::open`].
    pub(super) fn photos(
        &self,
        id: &str,
        engine: &Engine,
        reading: &Reading,
        watch: &mut Watch<'_>,
    ) -> Result<[Photo; 2]> {
        let content = files::open(engine, &self.content(id), reading, watch)?;
        Ok([content, files::open(engine, &self.reference(id), reading, watch)?])
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
        for name in ["in10.png", "in9.png", "in9.jpg", "in.png", "inn.png", "in7.JPG", "in8.txt", "notes.txt"]
        {
            std::fs::write(input.join(name), b"").unwrap();
        }
        assert_eq!(folder.ids().unwrap(), ["7", "9", "10", "n"]);
        assert_eq!(
            ["7", "8", "9"].map(|id| folder.content(id)),
            ["in7.JPG", "in8.png", "in9.png"].map(|n| input.join(n))
        );
        assert_eq!(folder.masks("9"), None);
        assert_eq!(folder.files("9").len(), 2);
    }
}
