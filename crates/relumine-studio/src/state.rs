//! What the page remembers: its own JSON, kept for it as it is, with a number that tells whether somebody else was faster.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Failure, Folder, FolderError, Studio};

const FILE: &str = "state.json";
/// The most that a page may have kept, in bytes.
pub(crate) const LARGEST: usize = 2 << 20;

/// What the page remembers.
#[derive(Debug, Default)]
pub(crate) struct State(Mutex<Kept>);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Grows with each change.
    pub(crate) version: u64,
    pub(crate) state: Value,
}

impl State {
    pub(crate) fn open(folder: &Folder) -> Result<Self, FolderError> {
        Ok(Self(Mutex::new(folder.read_json(FILE)?.unwrap_or_default())))
    }

    pub(crate) fn get(&self) -> Kept {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another in the place of the version that it was made of, and tells its number.
    fn put(&self, folder: &Folder, of: u64, state: Value) -> Result<u64, Failure> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version != of {
            let failure = Failure::new(StatusCode::CONFLICT, "another tab has changed the session meanwhile");
            return Err(failure.with("version", kept.version));
        }
        let new = Kept { version: of + 1, state };
        folder.write_json(FILE, &new)?;
        *kept = new;
        Ok(kept.version)
    }

    /// Begins anew, under a number that no page has.
    pub(crate) fn clear(&self) -> u64 {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Kept { version: kept.version + 1, state: Value::Null };
        kept.version
    }
}

/// `PUT /session/state`.
pub(crate) async fn put(
    axum::extract::State(studio): axum::extract::State<Arc<Studio>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let of = headers.get(IF_MATCH).and_then(|of| of.to_str().ok()?.trim().trim_matches('"').parse().ok());
    let Some(of) = of else {
        return Err(Failure::bad("If-Match is missing: the version that the state was made of, as in \"7\""));
    };
    let state = serde_json::from_slice(&body)
        .map_err(|error| Failure::bad(format!("the state is no JSON: {error}")))?;
    let version = studio.state.put(&studio.folder, of, state)?;
    studio.events.tell("state", json!({ "version": version }));
    Ok(Json(json!({ "version": version })))
}
