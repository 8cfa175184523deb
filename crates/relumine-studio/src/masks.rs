//! Masks that are painted on the page: labels a pixel, as the program's own mask files.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path as Named, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use relumine::Planes;
use relumine::io::{Format, Photo, SaveOptions};
use relumine::mask::Mask;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::aside::{aside, png};
use crate::asked::Asked;
use crate::{Failure, Folder, FolderError, Studio, upload};

/// Longest side of a mask.
const LARGEST_SIDE: usize = 2048;
/// The most that a mask may be, in bytes.
pub(crate) const LARGEST: usize = LARGEST_SIDE * LARGEST_SIDE;
/// The label of what is of no region.
const NONE: u8 = 255;
/// Levels of the colours of labels: all are far enough apart to be told in any mask. The last colour, white, is of what is of no region.
const LEVELS: [u8; 3] = [0, 128, 255];
const MOST_LABELS: u8 = 26;

/// The colour that a region has in a mask.
fn colour(label: u8) -> [u8; 3] {
    let label = usize::from(label.min(MOST_LABELS));
    [label / 9, label / 3 % 3, label % 3].map(|level| LEVELS[level])
}

/// The masks of a session, each a file.
#[derive(Debug)]
pub(crate) struct MaskFiles(PathBuf);

impl MaskFiles {
    pub(crate) fn open(folder: &Folder) -> Result<Self, FolderError> {
        Ok(Self(folder.file("masks")))
    }

    fn file(&self, id: &str) -> Result<PathBuf, Failure> {
        let is_id = id.len() == 16 && id.bytes().all(|c| c.is_ascii_hexdigit());
        Some(self.0.join(format!("{id}.png")))
            .filter(|path| is_id && path.is_file())
            .ok_or_else(|| Failure::unknown("mask"))
    }
}

impl Studio {
    /// A mask as the program reads it.
    pub(crate) fn mask(&self, id: &str) -> Result<Mask, Failure> {
        let bytes = std::fs::read(self.masks.file(id)?)?;
        Ok(Mask::decode(&bytes, std::path::Path::new("painted mask"), &self.settings.limits)?)
    }
}

#[derive(Deserialize)]
pub(crate) struct SizeQuery {
    width: usize,
    height: usize,
}

/// `POST /masks`.
pub(crate) async fn add(
    State(studio): State<Arc<Studio>>,
    Asked(SizeQuery { width, height }): Asked<SizeQuery>,
    body: Bytes,
) -> Result<Response, Failure> {
    let sides = 1..=LARGEST_SIDE;
    if !(sides.contains(&width) && sides.contains(&height) && body.len() == width * height) {
        return Err(Failure::bad(format!("a mask is a byte a pixel, with sides of 1 to {LARGEST_SIDE}")));
    }
    if let Some(label) = body.iter().find(|label| **label != NONE && **label >= MOST_LABELS) {
        return Err(Failure::bad(format!(
            "{label} is no label: there are {MOST_LABELS}, and {NONE} is of none"
        )));
    }
    let id = aside(&studio, move |studio| {
        let planes = (0..3).flat_map(|c| body.iter().map(move |label| f32::from(colour(*label)[c]) / 255.0));
        let photo = Photo::from_planes(Planes::from_vec(3, height, width, planes.collect()));
        let bytes = photo.encode(Format::PNG, &SaveOptions::default())?;
        let id = upload::id(Sha256::new().chain_update(&bytes));
        studio.folder.write(&format!("masks/{id}.png"), &bytes)?;
        Ok(id)
    });
    Ok((StatusCode::CREATED, Json(json!({ "mask": id.await? }))).into_response())
}

/// `GET /masks/{id}`.
pub(crate) async fn file(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        Ok(png(std::fs::read(studio.masks.file(id.strip_suffix(".png").unwrap_or(&id))?)?))
    })
    .await
}
