//! Short work off the threads that answer, and pictures as answers.

use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::{Failure, Studio};

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
