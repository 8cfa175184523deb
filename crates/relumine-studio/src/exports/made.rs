//! How files are made: by the library, with the same options as the program's.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Seek, Write};
use std::sync::{Arc, PoisonError};

use relumine::io::Edit;
use relumine::lut::LutFormat;
use relumine::watch::{CancelToken, Stage, Watch};
use relumine::{Apply, Look, LutOptions, SavedLook, TransferOptions};
use serde_json::json;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::Ready;
use super::wanted::{LookWanted, PhotoWanted, TableFormat, TableWanted, Wanted};
use crate::solves::{Solved, follower};
use crate::upload::stem;
use crate::{Failure, Studio};

/// Level of HaldCLUTs: 64 points a side.
const HALD_LEVEL: u8 = 8;

impl Studio {
    /// Makes the file; tells its name and kind.
    pub(super) fn export(
        self: &Arc<Self>,
        id: &str,
        wanted: &Wanted,
        token: &CancelToken,
    ) -> Result<Ready, Failure> {
        token.check()?;
        let mut follower = follower(self, id, None);
        let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower);
        let (solve, apply) = wanted.of();
        let solved = self.solves.get(solve)?;
        let options = TransferOptions { apply: apply.clone(), ..solved.options.clone() };
        let picture = self.pictures.get(&solved.photo)?;
        let name = stem(&picture.name);
        let mut file = self.folder.temporary_file()?;
        let (name, kind) = match wanted {
            Wanted::Photo(how) => {
                let bytes = self.photo_in(
                    &solved.look,
                    &solved.photo,
                    (how, &how.apply),
                    self.edit(&solved, &options)?,
                    &mut watch,
                )?;
                file.write_all(&bytes)?;
                (format!("{name}-relumine.{}", how.format()?.extension()), "application/octet-stream")
            }
            Wanted::Photos(how) => {
                self.archive(&solved, &options, how, file.as_file_mut(), &mut watch)?;
                (format!("{}-photos-relumine.zip", how.photos.len()), "application/zip")
            }
            Wanted::Look(LookWanted { pictures, .. }) => {
                let saved = self.saved(&solved, &options, token)?;
                let saved = if *pictures { saved } else { saved.without_pictures() };
                file.write_all(&saved.encode()?)?;
                (format!("{name}.look"), "application/zip")
            }
            Wanted::Table(TableWanted { format, points, region, .. }) => {
                let (format, extension) = match format {
                    TableFormat::Cube => (LutFormat::Cube, "cube"),
                    TableFormat::Hald => (LutFormat::HaldClut { level: HALD_LEVEL }, "png"),
                    TableFormat::ThreeDl => (LutFormat::ThreeDl, "3dl"),
                    TableFormat::Clf => (LutFormat::Clf, "clf"),
                };
                let size = match format {
                    LutFormat::HaldClut { level } => usize::from(level) * usize::from(level),
                    _ => points.unwrap_or(LutOptions::default().size),
                };
                let title = name.to_owned();
                let table = LutOptions {
                    size,
                    region: region.clone(),
                    strength: options.apply.strength,
                    title,
                    ..LutOptions::default()
                };
                let (lut, _) = self.saved(&solved, &options, token)?.lut(&table)?;
                file.write_all(&lut.encode(format)?)?;
                (format!("{name}.{extension}"), "application/octet-stream")
            }
            Wanted::Report(_) => {
                let report = solved.report.clone();
                let report = report.ok_or_else(|| {
                    Failure::bad("a look off the shelf was not solved, so that there is no report")
                })?;
                let mut report = report;
                report.options = options;
                file.write_all(
                    &serde_json::to_vec_pretty(&report)
                        .map_err(|error| Failure::internal(error.to_string()))?,
                )?;
                (format!("{name}-report.json"), "application/json")
            }
        };
        let bytes = file.as_file().metadata()?.len();
        file.persist(self.exports.file(id)).map_err(|error| error.error)?;
        let ready = Ready { name, kind, bytes };
        self.exports.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(id.into(), ready.clone());
        Ok(ready)
    }

    /// What outputs tell of how they were made.
    fn edit(&self, solved: &Solved, options: &TransferOptions) -> Result<Edit, Failure> {
        Ok(match &solved.kept {
            None => Edit::of(options, self.settings.date),
            Some(kept) => {
                let kept = self.looks.get(kept)?;
                Edit::of_look(stem(&kept.name), &json!(options.apply), self.settings.date)
            }
        })
    }

    /// A photo in a look, as a file.
    fn photo_in(
        &self,
        look: &Look,
        photo: &str,
        (how, apply): (&PhotoWanted, &Apply),
        edit: Edit,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let (format, saving) = (how.format()?, how.saving(edit)?);
        let photo = self.opened(photo)?.photo;
        photo.check_fits(format)?;
        let result = look.apply_to_samples(photo, apply, watch)?;
        let token = watch.token().clone();
        let result = match how.output_space {
            Some(space) => self.engine.install(|| result.in_space(space, &token))?,
            None => result,
        };
        Ok(watch.stage(Stage::Encode, |watch| {
            self.engine.install(|| result.encode_watched(format, &saving, watch))
        })?)
    }

    /// Several photos, each by what it shows, as an archive.
    fn archive(
        &self,
        solved: &Solved,
        options: &TransferOptions,
        how: &PhotoWanted,
        file: &mut File,
        watch: &mut Watch<'_>,
    ) -> Result<(), Failure> {
        let told = |error: zip::result::ZipError| Failure::internal(error.to_string());
        let mut zip = ZipWriter::new(&mut *file);
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored).large_file(true);
        let (mut names, extension) = (HashSet::new(), how.format()?.extension());
        let by_place = solved.by_place(&how.apply);
        for (place, photo) in how.photos.iter().enumerate() {
            watch.step(place, how.photos.len())?;
            let picture = self.pictures.get(photo)?;
            let regraded;
            let look = if *photo == solved.photo {
                &solved.look
            } else {
                let content = self.opened(photo)?.analysis;
                regraded = self.regraded(solved, options, &content, watch)?;
                &regraded
            };
            let apply = if *photo == solved.photo { &how.apply } else { &by_place };
            let bytes = self.photo_in(look, photo, (how, apply), self.edit(solved, options)?, watch)?;
            let stem = stem(&picture.name);
            let mut candidates = (1..).map(|n| {
                if n == 1 { format!("{stem}.{extension}") } else { format!("{stem}-{n}.{extension}") }
            });
            let name = candidates.find(|name| names.insert(name.clone())).expect("numbers do not end");
            zip.start_file(name, stored).map_err(told)?;
            zip.write_all(&bytes)?;
        }
        zip.finish().map_err(told)?;
        file.flush()?;
        file.rewind()?;
        Ok(())
    }

    /// The look of another photo than that which it was solved for.
    fn regraded(
        &self,
        solved: &Solved,
        options: &TransferOptions,
        content: &relumine::Analysis,
        watch: &mut Watch<'_>,
    ) -> Result<Look, Failure> {
        match &solved.kept {
            None => Ok(self.engine.regrade(&solved.look, content, &options.pairing, watch)?),
            Some(kept) => self.look_for(kept, content, watch),
        }
    }

    /// What is kept of a look.
    fn saved(
        &self,
        solved: &Solved,
        options: &TransferOptions,
        token: &CancelToken,
    ) -> Result<SavedLook, Failure> {
        let Some(pairing) = &solved.pairing else {
            return Err(Failure::bad("this look came off the shelf: its file is what there is of it"));
        };
        SavedLook::check(options)?;
        Ok(SavedLook::of(&solved.look, pairing, options, token)?)
    }
}
