//! Looks that are kept: `.look` files and lookup tables of anyone's, on the shelf.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path as Named, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use relumine::lut::Lut;
use relumine::watch::Watch;
use relumine::{Apply, Look, PairOptions, SavedLook};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::pictures::{NameQuery, aside, jpeg};
use crate::upload::{self, receive, shown_name};
use crate::{Failure, Folder, FolderError, Studio};

const FILE: &str = "looks.json";
/// How zip archives begin, which looks are.
const ZIP: &[u8] = b"PK";
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

/// What a kept look is made of.
pub(crate) enum Material {
    Look(Box<SavedLook>),
    Table(Lut),
}

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
        let material =
            self.material(&id, &name).inspect_err(|_| drop(std::fs::remove_file(self.look_file(&id))))?;
        let (kind, regions) = match &material {
            Material::Look(look) => {
                let names = look.regions().filter_map(|region| region.name.map(str::to_owned));
                ("look", names.collect())
            }
            Material::Table(_) => ("table", Vec::new()),
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

    /// A look off the shelf, which is told by what it is, whatever its name says.
    pub(crate) fn material(&self, id: &str, name: &str) -> Result<Material, Failure> {
        let bytes = std::fs::read(self.look_file(id))?;
        let name = Path::new(name);
        Ok(if bytes.starts_with(ZIP) {
            let look = SavedLook::decode(&bytes);
            Material::Look(
                look.map_err(|problem| relumine::Error::Look { path: name.into(), problem })?.into(),
            )
        } else {
            Material::Table(Lut::decode(&bytes, name, &self.settings.limits)?)
        })
    }

    /// A look off the shelf for a photo: by what both show, where the look knows.
    pub(crate) fn look_for(
        &self,
        material: Material,
        photo: &relumine::Analysis,
        pairing: Option<&PairOptions>,
        watch: &mut Watch<'_>,
    ) -> Result<Look, Failure> {
        match material {
            Material::Table(table) => Ok(self.engine.table(table)),
            Material::Look(saved) => {
                let look = saved.look(&self.engine);
                let own = saved.options().map(|options| options.pairing.clone());
                let named = saved.regions().any(|region| region.name.is_some());
                match pairing.cloned().or(own).filter(|_| named) {
                    Some(options) => Ok(self.engine.regrade(&look, photo, &options, watch)?),
                    None => Ok(look),
                }
            }
        }
    }
}

/// `POST /looks`.
pub(crate) async fn add(
    State(studio): State<Arc<Studio>>,
    Query(query): Query<NameQuery>,
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
    Query(query): Query<PhotoQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let kept = studio.looks.get(&id)?;
        let small = studio.preview_photo(&query.photo, 256)?;
        // One grade for all of it: a glance is not worth recognising anything.
        let look = match studio.material(&id, &kept.name)? {
            Material::Look(saved) => saved.look(&studio.engine),
            Material::Table(table) => studio.engine.table(table),
        };
        let looked = look.apply(&small, &Apply::default())?;
        Ok(jpeg(studio.jpeg(looked.colours().clone())?))
    })
    .await
}
