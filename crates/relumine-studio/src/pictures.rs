//! The pictures of a session: photos and references, which are the same kind of thing.

mod shown;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path as Named, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use relumine::io::{Photo, dimensions};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::aside::aside;
use crate::asked::Asked;
use crate::cache::Opened;
use crate::upload::{self, receive, shown_name};
use crate::{Failure, Folder, FolderError, Studio};

use shown::GLANCE;
pub(crate) use shown::{LongQuery, graded, part, preview, thumbnail};

const FILE: &str = "pictures.json";

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
}

#[derive(Deserialize)]
pub(crate) struct NameQuery {
    #[serde(default)]
    pub(crate) name: String,
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
        for entry in std::fs::read_dir(studio.folder.file("cache"))?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(&id) {
                std::fs::remove_file(entry.path())?;
            }
        }
        if picture.place.is_none() {
            std::fs::remove_file(studio.picture_file(&picture))?;
        }
        studio.events.tell("pictures", json!({}));
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
