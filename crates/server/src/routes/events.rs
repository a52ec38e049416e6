//! Server-sent events: tells an open page that data it may see has changed.

use crate::Served;
use crate::extract::Viewer;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::stream::{self, Stream, StreamExt};
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// A stream of `changed` events with the data version and the kinds of records that changed.
#[utoipa::path(get, path = "/api/v1/events", tag = "session",
    responses((status = 200, content_type = "text/event-stream")))]
pub async fn listen(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let hello = stream::once(std::future::ready(
        Event::default()
            .event("hello")
            .data(served.app.data_version()),
    ));
    let changes = stream::unfold(served.app.changes(), |mut receiver| async move {
        loop {
            match receiver.recv().await {
                Ok(change) => return Some((change, receiver)),
                // A slow reader has missed some; the next one carries the newest version.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    let told = changes.filter_map(move |change| {
        let seen = change.visible_to(&viewer.scope).then(|| {
            let data = json!({"data_version": change.data_version, "kinds": change.kinds});
            Event::default().event("changed").data(data.to_string())
        });
        std::future::ready(seen)
    });
    Sse::new(hello.chain(told).map(Ok))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}
