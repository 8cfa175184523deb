//! What went wrong, as an answer: a status, and one sentence that says what, and what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// What went wrong with a request.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    status: StatusCode,
    message: String,
    /// What else a program needs to know.
    more: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), more: Map::new() }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn unknown(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("there is no such {what} in this session; it may have been removed"),
        )
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.into(), value.into());
        self
    }
}

impl From<relumine::Error> for Failure {
    fn from(error: relumine::Error) -> Self {
        let status = match &error {
            relumine::Error::Options(_) => StatusCode::UNPROCESSABLE_ENTITY,
            relumine::Error::Photo { .. } | relumine::Error::Look { .. } => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            relumine::Error::Cancelled => StatusCode::CONFLICT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<relumine::OptionsError> for Failure {
    fn from(error: relumine::OptionsError) -> Self {
        relumine::Error::from(error).into()
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let status = if full { StatusCode::INSUFFICIENT_STORAGE } else { StatusCode::INTERNAL_SERVER_ERROR };
        Self::new(status, format!("the session's folder cannot be used: {error}"))
    }
}

impl From<crate::FolderError> for Failure {
    fn from(error: crate::FolderError) -> Self {
        Self::internal(error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut body = self.more;
        body.insert("error".into(), json!(self.message));
        (self.status, Json(body)).into_response()
    }
}
