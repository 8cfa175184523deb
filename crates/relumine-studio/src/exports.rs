//! Files that go out: photos, looks, tables and reports, the same as the program writes with the same options.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path as Named, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use relumine::io::{ColourSpace, Edit, Format, Photo, SaveOptions, Strip};
use relumine::lut::LutFormat;
use relumine::watch::{CancelToken, Stage, Watch};
use relumine::{Apply, Look, LutOptions, SavedLook, TransferOptions};
use serde::Deserialize;
use serde_json::{Value, from_value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::asked::Sent;
use crate::pictures::aside;
use crate::queue::Kind;
use crate::solves::{Solved, follower, tell_end};
use crate::upload::stem;
use crate::{Failure, Folder, FolderError, Studio};

/// Level of HaldCLUTs: 64 points a side.
const HALD_LEVEL: u8 = 8;

/// What is asked for, told apart by its `kind`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum Wanted {
    Photo(PhotoWanted),
    /// Each by what it shows, in an archive.
    Photos(PhotoWanted),
    Look(LookWanted),
    Table(TableWanted),
    Report(ReportWanted),
}

// serde's own tags would take the ids of regions for texts, which are numbers.
impl TryFrom<Value> for Wanted {
    type Error = String;

    fn try_from(mut value: Value) -> Result<Self, String> {
        let kind = value.as_object_mut().and_then(|wanted| wanted.remove("kind"));
        let told = |error: serde_json::Error| error.to_string();
        match kind.as_ref().and_then(Value::as_str) {
            Some("photo") => from_value(value).map(Self::Photo).map_err(told),
            Some("photos") => from_value(value).map(Self::Photos).map_err(told),
            Some("look") => from_value(value).map(Self::Look).map_err(told),
            Some("table") => from_value(value).map(Self::Table).map_err(told),
            Some("report") => from_value(value).map(Self::Report).map_err(told),
            _ => Err(format!("kind: photo, photos, look, table or report, not {}", kind.unwrap_or_default())),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookWanted {
    solve: String,
    #[serde(default)]
    apply: Apply,
    #[serde(default = "yes")]
    pictures: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableWanted {
    solve: String,
    format: TableFormat,
    #[serde(default)]
    points: Option<usize>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    apply: Apply,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportWanted {
    solve: String,
    #[serde(default)]
    apply: Apply,
}

fn yes() -> bool {
    true
}

/// How photos are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoWanted {
    solve: String,
    /// Of several: which.
    #[serde(default)]
    photos: Vec<String>,
    #[serde(default)]
    apply: Apply,
    format: String,
    #[serde(default)]
    quality: Option<u8>,
    #[serde(default)]
    strip_metadata: bool,
    #[serde(default)]
    strip_gps: bool,
    #[serde(default)]
    output_space: Option<ColourSpace>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TableFormat {
    Cube,
    Hald,
    #[serde(rename = "3dl")]
    ThreeDl,
    Clf,
}

/// A file that is ready.
#[derive(Clone, Debug)]
struct Ready {
    name: String,
    kind: &'static str,
    bytes: u64,
}

/// The files that were made, by their ids.
#[derive(Debug)]
pub(crate) struct Exports {
    folder: PathBuf,
    ready: Mutex<BTreeMap<String, Ready>>,
}

impl Exports {
    /// Those of an earlier run are removed: nobody knows their ids.
    pub(crate) fn open(folder: &Folder) -> Result<Self, FolderError> {
        let path = folder.file("exports");
        for entry in std::fs::read_dir(&path).into_iter().flatten().flatten() {
            let _ = std::fs::remove_file(entry.path());
        }
        Ok(Self { folder: path, ready: Mutex::default() })
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    fn get(&self, id: &str) -> Result<Ready, Failure> {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.get(id).cloned().ok_or_else(|| Failure::unknown("file that was made"))
    }

    pub(crate) fn clear(&self) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl PhotoWanted {
    fn format(&self) -> Result<Format, Failure> {
        Format::named(&self.format)
            .ok_or_else(|| Failure::bad(format!("format: {} is not a format that is written", self.format)))
    }

    fn saving(&self, edit: Edit) -> Result<SaveOptions, Failure> {
        let mut saving = SaveOptions { edit: Some(edit), ..SaveOptions::default() };
        saving.quality = self.quality.unwrap_or(saving.quality);
        saving.strip = match (self.strip_metadata, self.strip_gps) {
            (true, _) => Strip::All,
            (false, true) => Strip::Gps,
            (false, false) => Strip::Nothing,
        };
        saving.check()?;
        Ok(saving)
    }
}

impl Wanted {
    /// The look that it is of, and how that is applied.
    fn of(&self) -> (&str, &Apply) {
        match self {
            Self::Photo(how) | Self::Photos(how) => (&how.solve, &how.apply),
            Self::Look(look) => (&look.solve, &look.apply),
            Self::Table(table) => (&table.solve, &table.apply),
            Self::Report(report) => (&report.solve, &report.apply),
        }
    }

    /// Finds what can be wrong before the work.
    fn check(&self) -> Result<(), Failure> {
        self.of().1.check()?;
        if let Self::Photo(how) | Self::Photos(how) = self {
            how.format()?;
            how.saving(Edit::of(&TransferOptions::default(), None))?;
        }
        if let Self::Photo(how) = self
            && !how.photos.is_empty()
        {
            return Err(Failure::bad("photos: of the kind photos; one photo is that which was solved"));
        }
        if let Self::Photos(how) = self
            && how.photos.is_empty()
        {
            return Err(Failure::bad("photos: there is none to export"));
        }
        Ok(())
    }
}

impl Studio {
    /// Makes the file; tells its name and kind.
    fn export(self: &Arc<Self>, id: &str, wanted: &Wanted, token: &CancelToken) -> Result<Ready, Failure> {
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
        let result: Photo = if apply.strength > 0.0 {
            let mut result = photo.recolour();
            look.apply_rows(&mut photo.rows(), &mut result, apply, watch)?;
            result.finish()
        } else {
            photo
        };
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

/// `POST /exports`.
pub(crate) async fn add(
    State(studio): State<Arc<Studio>>,
    Sent(wanted): Sent<Wanted>,
) -> Result<Response, Failure> {
    wanted.check()?;
    studio.solves.get(wanted.of().0)?;
    let id = studio.solves.new_id();
    let (own, worker) = (id.clone(), studio.clone());
    studio.queue.add(&id, Kind::Export, move |token| {
        let told = |ready: Ready| -> (&'static str, Value) {
            ("exported", json!({ "export": own, "name": ready.name, "bytes": ready.bytes }))
        };
        let ended = worker.export(&own, &wanted, &token).map(told);
        tell_end(&worker, &own, ended, &token);
    });
    Ok((StatusCode::ACCEPTED, Json(json!({ "export": id }))).into_response())
}

/// `GET /exports/{id}/file`.
pub(crate) async fn file(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Response, Failure> {
    let ready = studio.exports.get(&id)?;
    let file = tokio::fs::File::open(studio.exports.file(&id)).await?;
    let stream = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; 1 << 16];
        let count = tokio::io::AsyncReadExt::read(&mut file, &mut chunk).await?;
        chunk.truncate(count);
        Ok::<_, std::io::Error>((count > 0).then_some((chunk, file)))
    });
    let plain: String = ready
        .name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !"\"\\;".contains(c) { c } else { '_' })
        .collect();
    let encoded: String = ready
        .name
        .bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    let named = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(ready.kind));
    headers.insert(CONTENT_LENGTH, ready.bytes.into());
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::try_from(named).map_err(|error| Failure::internal(error.to_string()))?,
    );
    Ok(response)
}

/// `DELETE /exports/{id}`.
pub(crate) async fn remove(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<StatusCode, Failure> {
    studio.queue.cancel(&id);
    aside(&studio, move |studio| {
        let known = studio.exports.ready.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if known.is_some() {
            std::fs::remove_file(studio.exports.file(&id))?;
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
