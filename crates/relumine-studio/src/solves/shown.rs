//! What pages show of a look: on its way, as layers to be drawn, its regions, and as the program itself draws it.

use std::sync::{Arc, PoisonError};

use axum::extract::{Path as Named, State};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use relumine::Apply;
use relumine::io::{Format, Photo, SaveOptions};
use relumine::watch::CancelToken;
use serde::Deserialize;

use crate::aside::{aside, jpeg, png};
use crate::asked::Asked;
use crate::layers;
use crate::pictures::LongQuery;
use crate::{Failure, Studio};

/// `GET /solves/{id}/preview`.
pub(crate) async fn preview(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let on_the_way = studio.solves.on_the_way.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (_, previews) = on_the_way
            .filter(|(known, _)| *known == id)
            .ok_or_else(|| Failure::unknown("work on its way"))?;
        let preview = previews
            .take()
            .ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, "there is no newer picture yet"))?;
        Ok(jpeg(studio.jpeg(preview.picture)?))
    })
    .await
}

fn tensors(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// `GET /solves/{id}/layers`.
pub(crate) async fn layers(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(query): Asked<LongQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let solved = studio.solves.get(&id)?;
        let photo = studio.preview_photo(&solved.photo, query.checked()?)?;
        let layers = solved.look.layers(&photo, &CancelToken::new())?;
        Ok(tensors(layers::of_look(&layers, [photo.width(), photo.height()])?))
    })
    .await
}

/// `GET /solves/{id}/regions`.
pub(crate) async fn regions(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let solved = studio.solves.get(&id)?;
        let pairing = solved.pairing.as_ref();
        let pairing = pairing.ok_or_else(|| {
            Failure::new(StatusCode::NOT_FOUND, "a look off the shelf has no reference to show")
        })?;
        Ok(tensors(studio.engine.install(|| layers::of_regions(pairing))?))
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct PictureQuery {
    long: usize,
    #[serde(default)]
    apply: Option<String>,
}

/// `GET /solves/{id}/picture`.
pub(crate) async fn picture(
    State(studio): State<Arc<Studio>>,
    Named(id): Named<String>,
    Asked(query): Asked<PictureQuery>,
) -> Result<Response, Failure> {
    aside(&studio, move |studio| {
        let solved = studio.solves.get(&id)?;
        let apply = query.apply.as_deref().map_or(Ok(Apply::default()), serde_json::from_str);
        let apply: Apply = apply.map_err(|error| Failure::bad(format!("apply: {error}")))?;
        let photo = studio.preview_photo(&solved.photo, LongQuery { long: query.long }.checked()?)?;
        let looked: Photo = solved.look.apply(&photo, &apply)?;
        Ok(png(studio.engine.install(|| looked.encode(Format::PNG, &SaveOptions::default()))?))
    })
    .await
}
