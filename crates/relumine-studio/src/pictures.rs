//! The pictures of a session: photos and references, which are the same kind of thing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path as Named, State};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use relumine::Frame;
use relumine::io::{Format, Photo, SaveOptions, dimensions};
use relumine::watch::{CancelToken, Watch};
use relumine::{GradeOptions, Masks, Planes, TransferOptions};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::asked::Asked;
use crate::cache::Opened;
use crate::upload::{self, receive, shown_name};
use crate::{Failure, Folder, FolderError, Studio};

const FILE: &str = "pictures.json";
/// Long side of thumbnails, and quality of these.
const THUMBNAIL: usize = 256;
const QUALITY: u8 = 82;
/// Long side of what a first look is found in: that of the page's previews.
const GLANCE: usize = 1600;
/// Longest side of previews and of parts.
const LARGEST_PREVIEW: usize = 4096;
const LARGEST_PART: usize = 1024;

/// A picture, as pages are told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Picture {
    pub(crate) id: String,
    /// For people.
    pub(crate) name: String,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) bytes: u64,
    pub(crate) format: String,
    /// Its colour space, where it says.
    pub(crate) colour: String,
    pub(crate) bits: u8,
    pub(crate) notices: Vec<String>,
    /// Where it lies, where that is not in the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<PathBuf>,
}

/// The pictures of a session, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Pictures(Mutex<Vec<Picture>>);

impl Pictures {
    pub(crate) fn open(folder: &Folder) -> Result<Self, FolderError> {
        Ok(Self(Mutex::new(folder.read_json(FILE)?.unwrap_or_default())))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Picture>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As pages are told: without where they lie.
    pub(crate) fn all(&self) -> Vec<Picture> {
        self.lock().iter().map(|picture| Picture { place: None, ..picture.clone() }).collect()
    }

    pub(crate) fn get(&self, id: &str) -> Result<Picture, Failure> {
        self.lock()
            .iter()
            .find(|picture| picture.id == id)
            .cloned()
            .ok_or_else(|| Failure::unknown("picture"))
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

impl Studio {
    fn picture_file(&self, picture: &Picture) -> PathBuf {
        picture.place.clone().unwrap_or_else(|| self.folder.file(&format!("pictures/{}", picture.id)))
    }

    /// Takes a photo up that lies on this machine.
    pub(crate) fn add_picture_at(&self, path: PathBuf) -> Result<Picture, Failure> {
        let bytes =
            std::fs::read(&path).map_err(|error| Failure::bad(format!("{}: {error}", path.display())))?;
        let id = upload::id(Sha256::new().chain_update(&bytes));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let size = bytes.len() as u64;
        drop(bytes);
        self.add_picture(id, &name, size, Some(path))
    }

    /// Looks at a picture whose file is in place, and remembers it.
    fn add_picture(
        &self,
        id: String,
        name: &str,
        bytes: u64,
        place: Option<PathBuf>,
    ) -> Result<Picture, Failure> {
        if let Ok(known) = self.pictures.get(&id) {
            return Ok(known);
        }
        let file = place.clone().unwrap_or_else(|| self.folder.file(&format!("pictures/{id}")));
        let opened = self.open_file(&file, name)?;
        let told = opened.photo.describe();
        let picture = Picture {
            id: id.clone(),
            name: shown_name(name),
            width: told.width,
            height: told.height,
            bytes,
            format: told.format.map_or_else(String::new, |format| format.to_string()),
            colour: told.colour_space.unwrap_or_else(|| "sRGB".into()),
            bits: told.bit_depth,
            notices: told.notices,
            place,
        };
        let mut all = self.pictures.lock();
        if all.len() >= self.settings.most_pictures {
            let message = format!("there are {} pictures already; remove some", all.len());
            return Err(Failure::new(StatusCode::INSUFFICIENT_STORAGE, message));
        }
        if all.iter().map(|picture| picture.bytes).sum::<u64>().saturating_add(bytes)
            > self.settings.most_bytes
        {
            let message = "the session's pictures would take more than its folder may hold; remove some";
            return Err(Failure::new(StatusCode::INSUFFICIENT_STORAGE, message));
        }
        if !all.iter().any(|known| known.id == id) {
            all.push(picture.clone());
            self.folder.write_json(FILE, &*all)?;
        }
        drop(all);
        self.cache.put(&id, opened);
        self.events.tell("pictures", json!({}));
        Ok(Picture { place: None, ..picture })
    }

    fn open_file(&self, file: &Path, name: &str) -> Result<Opened, Failure> {
        let limits = &self.settings.limits;
        // What the header says is looked at first: it costs nothing.
        if let Some([width, height]) = dimensions(file)
            && (width as u64).saturating_mul(height as u64) > limits.max_pixels
        {
            let most = limits.max_pixels / 1_000_000;
            let message = format!(
                "{name}: it has {width}×{height} pixels, and {most} million are the most that are taken"
            );
            return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        let bytes = std::fs::read(file).map_err(|error| Failure::bad(format!("{name}: {error}")))?;
        let photo = self.engine.install(|| Photo::decode(&bytes, Path::new(name), limits))?;
        Ok(Opened { analysis: self.engine.analyse(&photo), photo })
    }

    /// A picture, decoded.
    pub(crate) fn opened(&self, id: &str) -> Result<Opened, Failure> {
        if let Some(opened) = self.cache.get(id) {
            return Ok(opened);
        }
        let picture = self.pictures.get(id)?;
        let opened = self.open_file(&self.picture_file(&picture), &picture.name)?;
        self.cache.put(id, opened.clone());
        Ok(opened)
    }

    /// A picture small, as the 8 bits that pages are shown: what a look is applied to there.
    pub(crate) fn preview(&self, id: &str, long: usize) -> Result<Vec<u8>, Failure> {
        let name = format!("cache/{id}-{long}.png");
        if let Ok(bytes) = std::fs::read(self.folder.file(&name)) {
            return Ok(bytes);
        }
        let photo = self.opened(id)?.photo;
        let small = self.engine.install(|| photo.small(long, &CancelToken::new()))?;
        let bytes = quick_png(&small)?;
        self.folder.write(&name, &bytes)?;
        Ok(bytes)
    }

    /// The same as a photo.
    pub(crate) fn preview_photo(&self, id: &str, long: usize) -> Result<Photo, Failure> {
        let bytes = self.preview(id, long)?;
        Ok(self.engine.install(|| Photo::decode(&bytes, Path::new("preview"), &self.settings.limits))?)
    }

    /// A picture as pages show it, with what is known of that.
    pub(crate) fn at_a_glance(&self, id: &str) -> Result<Opened, Failure> {
        let key = format!("{id}-{GLANCE}");
        if let Some(opened) = self.cache.get(&key) {
            return Ok(opened);
        }
        let photo = self.preview_photo(id, GLANCE)?;
        let opened = Opened { analysis: self.engine.analyse(&photo), photo };
        self.cache.put(&key, opened.clone());
        Ok(opened)
    }

    /// A picture as small as on a shelf.
    pub(crate) fn thumbnail(&self, photo: &Photo) -> Result<Vec<u8>, Failure> {
        let small = self.engine.install(|| photo.small(THUMBNAIL, &CancelToken::new()))?;
        self.jpeg(small)
    }

    /// A picture for a glance.
    pub(crate) fn jpeg(&self, planes: Planes) -> Result<Vec<u8>, Failure> {
        let options = SaveOptions { quality: QUALITY, ..SaveOptions::default() };
        Ok(self.engine.install(|| Photo::from_planes(shown(planes)).encode(Format::JPEG, &options))?)
    }

    /// A picture in the look of another by its learned grade, as small as on a shelf.
    fn graded(&self, photo: &str, reference: &str) -> Result<Vec<u8>, Failure> {
        let (ours, theirs) = (self.opened(photo)?, self.opened(reference)?);
        let mut options = TransferOptions::new(GradeOptions::default());
        options.pairing.masks = Masks::None;
        let (mut watch, token) = (Watch::silent(), CancelToken::new());
        let (_, look) =
            self.engine.find(&ours.analysis, &[theirs.analysis.into()], None, &options, &mut watch)?;
        let small = Photo::from_planes(self.engine.install(|| ours.photo.small(THUMBNAIL, &token))?);
        let looked = look.map_or_else(|| Ok(small.clone()), |look| look.apply(&small, &options.apply))?;
        self.jpeg(looked.colours().clone())
    }
}

/// A PNG of 8 bits that is made in no time, for pages of this machine: its size is of no matter.
fn quick_png(planes: &Planes) -> Result<Vec<u8>, Failure> {
    let [r, g, b] = planes.rgb();
    let level = |v: &f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
    let levels: Vec<u8> = r.iter().zip(g).zip(b).flat_map(|((r, g), b)| [r, g, b].map(level)).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, planes.width() as u32, planes.height() as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fastest);
    let told = |error: png::EncodingError| Failure::internal(error.to_string());
    let mut writer = encoder.write_header().map_err(told)?;
    writer.write_image_data(&levels).map_err(told)?;
    writer.finish().map_err(told)?;
    Ok(bytes)
}

/// What a screen shows of colours.
fn shown(mut planes: Planes) -> Planes {
    planes.data_mut().iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    planes
}

/// Does short work off the threads that answer.
pub(crate) async fn aside<T: Send + 'static>(
    studio: &Arc<Studio>,
    work: impl FnOnce(&Arc<Studio>) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    // Nobody closes it.
    let _turn = studio.asides.acquire().await;
    let studio = studio.clone();
    let done = tokio::task::spawn_blocking(move || work(&studio)).await;
    done.unwrap_or_else(|_| {
        Err(Failure::internal("the program failed at this; what it was is on its terminal"))
    })
}

pub(crate) fn png(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "image/png")], bytes).into_response()
}

pub(crate) fn jpeg(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "image/jpeg")], bytes).into_response()
}

#[derive(Deserialize)]
pub(crate) struct NameQuery {
    #[serde(default)]
    pub(crate) name: String,
}

#[derive(Deserialize)]
pub(crate) struct LongQuery {
    pub(crate) long: usize,
}

impl LongQuery {
    pub(crate) fn checked(&self) -> Result<usize, Failure> {
        match self.long {
            1..=LARGEST_PREVIEW => Ok(self.long),
            _ => {
                Err(Failure::bad(format!("long: a preview has a long side of 1 to {LARGEST_PREVIEW} pixels")))
            }
        }
    }
}

/// `POST /pictures`.
pub(crate) async fn add(
    State(studio): State<Arc<Studio>>,
    Asked(query): Asked<NameQuery>,
    body: Body,
) -> Result<Response, Failure> {
    let came = receive(&studio.folder, body, studio.settings.limits.max_bytes).await?;
    let name = shown_name(&query.name);
    let picture = aside(&studio, move |studio| {
        let (id, bytes) = (came.id, came.bytes);
        if let Ok(known) = studio.pictures.get(&id) {
            return Ok(Picture { place: None, ..known });
        }
        let file = studio.folder.file(&format!("pictures/{id}"));
        came.file.persist(&file).map_err(|error| error.error)?;
        let added = studio.add_picture(id, &name, bytes, None);
        let picture = added.inspect_err(|_| drop(std::fs::remove_file(&file)))?;
        // It is asked for next, and two that are dropped together are made side by side here.
        studio.preview(&picture.id, GLANCE)?;
        Ok(picture)
    });
    Ok((StatusCode::CREATED, Json(picture.await?)).into_response())
}

/// `DELETE /pictures/{id}`.
pub(crate) async fn remove(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<StatusCode, Failure> {
    aside(&studio, move |studio| {
        let picture = studio.pictures.get(&id)?;
        let mut all = studio.pictures.lock();
        all.retain(|known| known.id != id);
        studio.folder.write_json(FILE, &*all)?;
        drop(all);
        studio.cache.forget(&id);
        if picture.place.is_none() {
            std::fs::remove_file(studio.picture_file(&picture))?;
        }
        studio.events.tell("pictures", json!({}));
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// `GET /pictures/{id}/thumbnail`.
pub(crate) async fn thumbnail(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| Ok(jpeg(studio.thumbnail(&studio.opened(&id)?.photo)?))).await
}

/// `GET /pictures/{id}/preview`.
pub(crate) async fn preview(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(query): Asked<LongQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        studio.pictures.get(&id)?;
        Ok(png(studio.preview(&id, query.checked()?)?))
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct PartQuery {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// `GET /pictures/{id}/tile`.
pub(crate) async fn part(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(PartQuery { x, y, width, height }): Asked<PartQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let photo = studio.opened(&id)?.photo;
        let fits = |at: usize, side: usize, whole: usize| {
            (1..=LARGEST_PART).contains(&side) && at.checked_add(side).is_some_and(|end| end <= whole)
        };
        if !(fits(x, width, photo.width()) && fits(y, height, photo.height())) {
            return Err(Failure::bad(format!(
                "the part reaches beyond the photo, or has sides beyond {LARGEST_PART} pixels"
            )));
        }
        let part = studio.engine.install(|| photo.part(&Frame { top: y, left: x, height, width }));
        Ok(png(quick_png(&part)?))
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct GradedQuery {
    photo: String,
    reference: String,
}

/// `GET /graded`.
pub(crate) async fn graded(
    State(studio): State<Arc<Studio>>,
    Asked(query): Asked<GradedQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| Ok(jpeg(studio.graded(&query.photo, &query.reference)?))).await
}
