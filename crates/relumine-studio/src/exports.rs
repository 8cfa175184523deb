//! Files that go out: photos, looks, tables and reports, the same as the program writes with the same options.

mod made;
mod wanted;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path as Named, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::aside::aside;
use crate::asked::Sent;
use crate::queue::Kind;
use crate::solves::tell_end;
use crate::{Failure, Folder, FolderError, Studio};

use wanted::Wanted;

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
