//! What a batch is going to do: sources with their outputs, found and checked before any work. Nothing is changed yet.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use relumine::{Error, MachineError, io};

use super::manifest::{self, Header, Identity, Line, MANIFEST, Manifest, Name, Stamp};
use super::naming::{Named, Naming};
use super::sources::{self, Folders, Source};

/// What becomes of outputs that are there already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Existing {
    /// They are the user's: the batch is refused.
    Refuse,
    /// They are made anew.
    Overwrite,
    /// They stay, as far as this very batch has finished them and their sources are as they were.
    Skip,
}

/// Sources and outputs of a batch, and the manifest where there is one already, which nobody else has then.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) folder: PathBuf,
    pub(super) photos: Vec<Planned>,
    /// What is worth knowing before the work.
    pub(super) notices: Vec<String>,
    pub(super) header: Header,
    pub(super) manifest: Option<Manifest>,
    /// Whether the manifest goes on, as of the same look and options, or begins anew.
    pub(super) continues: bool,
}

/// One photo of a plan.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) source: Source,
    /// Below the folder of outputs.
    pub(super) name: PathBuf,
    pub(super) output: PathBuf,
    /// Whether there is something by the name of the output.
    pub(super) exists: bool,
    /// Whether that is what would be made.
    pub(super) is_done: bool,
}

impl Plan {
    /// Finds what there is to do and refuses what cannot be: sources that are not there, outputs that would be one file or one of the
    /// sources, a folder that nothing can be written to or in which another batch is at work, and outputs that are there already,
    /// as far as `existing` says so.
    pub(crate) fn new(
        named: &[PathBuf],
        folders: Folders,
        naming: &Naming<'_>,
        existing: Existing,
        identity: &Identity,
    ) -> Result<Self> {
        let (folder, header) = (naming.folder, Header::of(identity));
        let manifest = Manifest::open(folder)?;
        let mut found = sources::find(named, folders, folder)?;
        let known = manifest.as_ref().filter(|manifest| manifest.is_of(&header));
        if let Some(manifest) = known {
            leave_out_own(&mut found.sources, folder, manifest)?;
        }
        let continues = known.is_some() && existing != Existing::Overwrite;
        let photos =
            naming.outputs(found.sources)?.into_iter().map(|named| Planned::new(named, folder)).collect();
        let mut plan =
            Self { folder: folder.into(), photos, notices: found.notices, header, manifest, continues };
        let (outputs, inputs) = (plan.outputs(), plan.photos.iter().map(|photo| photo.source.path.as_path()));
        io::check_apart(outputs, inputs)?;
        match existing {
            Existing::Refuse => plan.refuse_existing()?,
            Existing::Overwrite => {}
            Existing::Skip => plan.skip_done()?,
        }
        check_folder(folder)?;
        Ok(plan)
    }

    /// How many photos there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.photos.len()
    }

    /// All photos, in their order.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Path> {
        self.photos.iter().map(|photo| photo.source.path.as_path())
    }

    /// Where the outputs are going to be.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Path> {
        self.photos.iter().map(|photo| photo.output.as_path())
    }

    /// The photos on which there is work, as they were named or found.
    pub(crate) fn due(&self) -> impl Iterator<Item = &Path> {
        self.photos.iter().filter(|photo| !photo.is_done).map(|photo| photo.source.path.as_path())
    }

    fn refuse_existing(&self) -> Result<()> {
        let there = self.photos.iter().filter(|photo| photo.exists);
        match few(there.map(|photo| &photo.output)) {
            Some(there) => bail!(
                "{there}: already there; go on where a batch was stopped with --skip-existing, or make all of it anew with --overwrite"
            ),
            None => Ok(()),
        }
    }

    /// Finds what is done already.
    fn skip_done(&mut self) -> Result<()> {
        let known = self.manifest.as_ref();
        if let Some(header) = known.and_then(Manifest::header) {
            manifest::check_same(&self.folder, header, &self.header)?;
        }
        let mut strangers = Vec::new();
        for photo in self.photos.iter_mut().filter(|photo| photo.exists) {
            match known.and_then(|manifest| manifest.known(&photo.name)) {
                None => strangers.push(&photo.output),
                Some(Line::Begun { .. }) => {}
                Some(Line::Done { source, stamp, .. }) => {
                    let is_same = *source == Name::of(&photo.source.relative);
                    photo.is_done = is_same && photo.source.stamp().ok() == Some(*stamp);
                    if !photo.is_done {
                        let (source, output) = (photo.source.path.display(), photo.output.display());
                        self.notices.push(format!(
                            "{source}: is not as it was when {output} was made of it, which is made anew"
                        ));
                    }
                }
            }
        }
        match few(strangers.into_iter()) {
            Some(strangers) => bail!(
                "{strangers}: there, but not made by this batch; move away what is yours to keep, choose another folder, or make all of it \
                 anew with --overwrite"
            ),
            None => Ok(()),
        }
    }
}

impl Planned {
    fn new(Named { source, name }: Named, folder: &Path) -> Self {
        let output = folder.join(&name);
        let exists = output.symlink_metadata().is_ok();
        Self { source, name, output, exists, is_done: false }
    }
}

impl Source {
    /// By what it is known to be as it is now.
    pub(super) fn stamp(&self) -> std::io::Result<Stamp> {
        self.path.metadata().map(|file| Stamp::of(&file))
    }
}

/// Leaves out what this very batch has made: outputs may lie where their sources do.
fn leave_out_own(sources: &mut Vec<Source>, folder: &Path, manifest: &Manifest) -> Result<()> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.into());
    sources.retain(|source| {
        let path = source.path.canonicalize().ok();
        let name = path.as_ref().and_then(|path| path.strip_prefix(&folder).ok());
        name.is_none_or(|name| manifest.known(name).is_none())
    });
    if sources.is_empty() {
        bail!("nothing to do: all of these were made by this batch itself");
    }
    Ok(())
}

/// Tells whether files can be written to a folder, or to the one in which it is going to be made.
fn check_folder(folder: &Path) -> Result<()> {
    let there =
        folder.ancestors().find(|folder| folder.symlink_metadata().is_ok() || folder.as_os_str().is_empty());
    let probe = there.unwrap_or(folder).join(MANIFEST);
    match io::check_writable_file(&probe) {
        Err(Error::Machine(MachineError::Unwritable { source, .. })) => {
            Err(Error::from(MachineError::Unwritable { path: folder.into(), source }).into())
        }
        other => Ok(other?),
    }
}

/// The first few of these paths and how many more there are; nothing of none.
fn few<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> Option<String> {
    let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    let (first, more) = paths.split_at(paths.len().min(3));
    match (first, more) {
        ([], _) => None,
        (first, []) => Some(first.join(", ")),
        (first, more) => Some(format!("{} and {} more", first.join(", "), more.len())),
    }
}

#[cfg(test)]
mod tests;
