//! The folders of a batch's outputs: taken, cleared up and mirrored.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Error, Result};
use relumine::{MachineError, io};

use crate::batch::manifest::Manifest;
use crate::batch::plan::Plan;

/// Takes the folder of outputs, which is made where there is none, and clears up what was left there by those who were ended. Its manifest
/// goes on, or begins anew: with what is going to be replaced.
pub(super) fn take(plan: &mut Plan) -> Result<Manifest> {
    let mut manifest = match plan.manifest.take() {
        Some(manifest) => manifest,
        None => {
            std::fs::create_dir_all(&plan.folder).map_err(|source| refused(&plan.folder, source))?;
            Manifest::create(&plan.folder)?
        }
    };
    if !plan.continues {
        manifest.begin(plan.header.clone())?;
        for photo in plan.photos.iter().filter(|photo| photo.exists) {
            manifest.tell_begun(&photo.name)?;
        }
    }
    let mut folders: Vec<&Path> =
        plan.outputs().filter_map(Path::parent).chain([plan.folder.as_path()]).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        io::remove_abandoned(folder);
    }
    Ok(manifest)
}

/// Makes the folders that an output lies in, below that of all outputs, which is not made again where it has gone.
pub(super) fn mirror(folder: &Path, name: &Path) -> Result<()> {
    let mut path = folder.to_owned();
    for part in name.parent().into_iter().flat_map(Path::components) {
        path.push(part);
        match std::fs::create_dir(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(refused(&path, error)),
            _ => {}
        }
    }
    Ok(())
}

fn refused(path: &Path, source: std::io::Error) -> Error {
    relumine::Error::from(MachineError::Unwritable { path: path.into(), source }).into()
}
