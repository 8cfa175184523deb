//! What happens, told to every page that listens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::Studio;

/// Events that a page may lag behind by; one that lags more is told to look at everything anew.
const BEHIND: usize = 512;

/// Tells pages what happens.
#[derive(Clone, Debug)]
pub(crate) struct Events(broadcast::Sender<(&'static str, Value)>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(BEHIND).0)
    }
}

impl Events {
    pub(crate) fn tell(&self, name: &'static str, data: Value) {
        // Nobody listens now: whoever comes reads what there is.
        let _ = self.0.send((name, data));
    }
}

/// `GET /events`.
pub(crate) async fn stream(
    State(studio): State<Arc<Studio>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let heard = studio.events.0.subscribe();
    let stream = futures_util::stream::unfold(heard, |mut heard| async move {
        let (name, data) = match heard.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => ("pictures", Value::Object(Default::default())),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(Event::default().event(name).data(data.to_string())), heard))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(10)))
}
