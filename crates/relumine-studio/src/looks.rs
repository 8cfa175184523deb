//! Looks that are kept: `.look` files and lookup tables of anyone's, on the shelf.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path as Named, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use relumine::watch::Watch;
use relumine::{Analysis, Apply, Look, LookFile};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::aside::{aside, jpeg};
use crate::asked::Asked;
use crate::pictures::NameQuery;
use crate::upload::{self, receive, shown_name};
use crate::{Failure, Folder, FolderError, Studio};

const FILE: &str = "looks.json";
/// The largest file of a look or a table, in bytes, and the most of them.
const LARGEST: u64 = 256 << 20;
const MOST: usize = 500;

/// A look on the shelf.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `look` or `table`.
    kind: String,
    /// What its regions show.
    regions: Vec<String>,
}

/// The shelf.
#[derive(Debug)]
pub(crate) struct Looks(Mutex<Vec<Kept>>);

impl Looks {
    pub(crate) fn open(folder: &Folder) -> Result<Self, FolderError> {
        Ok(Self(Mutex::new(folder.read_json(FILE)?.unwrap_or_default())))
    }

    pub(crate) fn all(&self) -> Vec<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn get(&self, id: &str) -> Result<Kept, Failure> {
        self.all().into_iter().find(|kept| kept.id == id).ok_or_else(|| Failure::unknown("look"))
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Studio {
    fn look_file(&self, id: &str) -> PathBuf {
        self.folder.file(&format!("looks/{id}"))
    }

    pub(crate) fn add_look_at(&self, path: &Path) -> Result<Kept, Failure> {
        let told = |error: std::io::Error| Failure::bad(format!("{}: {error}", path.display()));
        if path.metadata().map_err(told)?.len() > LARGEST {
            return Err(Failure::bad(format!("{}: it is larger than any look", path.display())));
        }
        let bytes = std::fs::read(path).map_err(told)?;
        let id = upload::id(Sha256::new().chain_update(&bytes));
        self.folder.write(&format!("looks/{id}"), &bytes)?;
        self.add_look_file(id, &path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// Looks at a look whose file is in place, and remembers it.
    fn add_look_file(&self, id: String, name: &str) -> Result<Kept, Failure> {
        let name = shown_name(name);
        let read =
            self.read_look(&id, &name).inspect_err(|_| drop(std::fs::remove_file(self.look_file(&id))))?;
        let (kind, regions) = match &read {
            LookFile::Look(look) => {
                let names = look.regions().filter_map(|region| region.name.map(str::to_owned));
                ("look", names.collect())
            }
            LookFile::Table(_) => ("table", Vec::new()),
        };
        let kept = Kept { id, name, kind: kind.into(), regions };
        let mut all = self.looks.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            return Err(Failure::new(
                StatusCode::INSUFFICIENT_STORAGE,
                format!("there are {MOST} looks already; remove some"),
            ));
        }
        if !all.iter().any(|known| known.id == kept.id) {
            all.push(kept.clone());
            self.folder.write_json(FILE, &*all)?;
        }
        drop(all);
        self.events.tell("pictures", json!({}));
        Ok(kept)
    }

    /// A look off the shelf.
    pub(crate) fn look_of(&self, id: &str) -> Result<LookFile, Failure> {
        self.read_look(id, &self.looks.get(id)?.name)
    }

    fn read_look(&self, id: &str, name: &str) -> Result<LookFile, Failure> {
        let bytes = std::fs::read(self.look_file(id))?;
        Ok(LookFile::decode(&bytes, Path::new(name), &self.settings.limits)?)
    }

    /// A look off the shelf for a photo: by what both show, where the look knows.
    pub(crate) fn look_for(
        &self,
        id: &str,
        photo: &Analysis,
        watch: &mut Watch<'_>,
    ) -> Result<Look, Failure> {
        let placing = self.look_of(id)?.placing(&self.engine, &Apply::default(), false)?;
        Ok(placing.look(&self.engine, photo, watch)?)
    }
}

/// `POST /looks`.
pub(crate) async fn add(
    State(studio): State<Arc<Studio>>,
    Asked(query): Asked<NameQuery>,
    body: Body,
) -> Result<Response, Failure> {
    let came = receive(&studio.folder, body, LARGEST).await?;
    let kept = aside(&studio, move |studio| {
        came.file.persist(studio.look_file(&came.id)).map_err(|error| error.error)?;
        studio.add_look_file(came.id, &query.name)
    });
    Ok((StatusCode::CREATED, Json(kept.await?)).into_response())
}

/// `DELETE /looks/{id}`.
pub(crate) async fn remove(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<StatusCode, Failure> {
    aside(&studio, move |studio| {
        studio.looks.get(&id)?;
        let mut all = studio.looks.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.id != id);
        studio.folder.write_json(FILE, &*all)?;
        drop(all);
        std::fs::remove_file(studio.look_file(&id))?;
        studio.events.tell("pictures", json!({}));
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct PhotoQuery {
    photo: String,
}

/// `GET /looks/{id}/thumbnail`.
pub(crate) async fn thumbnail(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(query): Asked<PhotoQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let small = studio.preview_photo(&query.photo, 256)?;
        // One grade for all of it: a glance is not worth recognising anything.
        let placing = studio.look_of(&id)?.placing(&studio.engine, &Apply::default(), true)?;
        let look = placing.look(&studio.engine, &studio.engine.analyse_once(&small), &mut Watch::silent())?;
        let looked = look.apply(&small, &Apply::default())?;
        Ok(jpeg(studio.jpeg(looked.colours().clone())?))
    })
    .await
}
