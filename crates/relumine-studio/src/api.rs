//! The addresses of the API, and of the page beside them.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use relumine::METHODS;
use serde_json::{Value, json};

use crate::aside::aside;
use crate::{Failure, Studio, access, events, exports, looks, masks, page, pictures, solves, state};

const OPENAPI: &str = include_str!("../openapi.json");
/// The largest request that is read as a whole, in bytes.
const LARGEST_REQUEST: usize = 1 << 20;

/// The page and its API, for whoever serves it: [`serve`](crate::serve), or a test without a socket.
pub fn router(studio: Arc<Studio>) -> Router {
    let api = Router::new()
        .route("/session", get(session).delete(clear))
        .route("/session/state", put(state::put).layer(DefaultBodyLimit::max(state::LARGEST)))
        .route("/pictures", post(pictures::add).layer(DefaultBodyLimit::disable()))
        .route("/pictures/{id}", delete(pictures::remove))
        .route("/pictures/{id}/thumbnail", get(pictures::thumbnail))
        .route("/pictures/{id}/preview", get(pictures::preview))
        .route("/pictures/{id}/tile", get(pictures::part))
        .route("/graded", get(pictures::graded))
        .route("/looks", post(looks::add).layer(DefaultBodyLimit::disable()))
        .route("/looks/{id}", delete(looks::remove))
        .route("/looks/{id}/thumbnail", get(looks::thumbnail))
        .route("/masks", post(masks::add).layer(DefaultBodyLimit::max(masks::LARGEST)))
        .route("/masks/{id}", get(masks::file))
        .route("/solves", post(solves::add))
        .route("/solves/{id}", get(solves::get).delete(solves::cancel))
        .route("/solves/{id}/preview", get(solves::preview))
        .route("/solves/{id}/layers", get(solves::layers))
        .route("/solves/{id}/regions", get(solves::regions))
        .route("/solves/{id}/picture", get(solves::picture))
        .route("/exports", post(exports::add))
        .route("/exports/{id}", delete(exports::remove))
        .route("/exports/{id}/file", get(exports::file))
        .route("/events", get(events::stream))
        .route("/openapi.json", get(async || ([(CONTENT_TYPE, "application/json")], OPENAPI)))
        .fallback(async || {
            Failure::new(
                StatusCode::NOT_FOUND,
                "the API has nothing at this address; see /api/v1/openapi.json",
            )
        })
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST));
    Router::new()
        .nest("/api/v1", api)
        .fallback(get(page::file))
        .layer(middleware::from_fn_with_state(studio.clone(), access::guard))
        .with_state(studio)
}

/// `GET /session`.
async fn session(State(studio): State<Arc<Studio>>) -> Json<Value> {
    let kept = studio.state.get();
    Json(json!({
        "version": kept.version,
        "state": kept.state,
        "pictures": studio.pictures.all(),
        "looks": studio.looks.all(),
        "program": format!("relumine {}", env!("CARGO_PKG_VERSION")),
        "methods": METHODS.iter().map(|entry| entry.name).filter(|name| shown(name)).collect::<Vec<_>>(),
        "private": studio.settings.private,
    }))
}

/// Methods that need nothing but what is embedded, and seconds.
fn shown(method: &str) -> bool {
    matches!(method, "look" | "grade" | "transport")
}

/// `DELETE /session`: everything of it is removed.
async fn clear(State(studio): State<Arc<Studio>>) -> Result<impl IntoResponse, Failure> {
    aside(&studio, |studio| {
        studio.solves.clear();
        studio.exports.clear();
        studio.looks.clear();
        studio.pictures.clear();
        let version = studio.state.clear();
        studio.folder.clear()?;
        studio.events.tell("state", json!({ "version": version }));
        studio.events.tell("pictures", json!({}));
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
