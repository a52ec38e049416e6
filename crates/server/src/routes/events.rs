//! Server-sent events: tells an open page that data it may see has changed.

use crate::Served;
use crate::extract::Viewer;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::stream::{self, Stream, StreamExt};
use geocrm_app::change::VisibleChange;
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// A stream of `changed` events: the data version, the kinds of figures that changed, and the tiles of zoom 12 outside
/// which nothing on the map did (`quads`; absent when that is not known).
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
    let app = std::sync::Arc::clone(&served.app);
    let scope = viewer.scope;
    let told = stream::unfold(served.app.changes(), move |mut receiver| {
        let (app, scope) = (std::sync::Arc::clone(&app), scope.clone());
        async move {
            loop {
                let event = match receiver.recv().await {
                    Ok(change) => change
                        .visible_to(&scope)
                        .map(|seen| changed(&change.data_version, &seen)),
                    // A slow reader has missed some: what they changed may be anywhere.
                    Err(RecvError::Lagged(_)) => {
                        Some(changed(&app.data_version(), &VisibleChange::anything()))
                    }
                    Err(RecvError::Closed) => return None,
                };
                if let Some(event) = event {
                    return Some((event, receiver));
                }
            }
        }
    });
    Sse::new(hello.chain(told).map(Ok))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

fn changed(data_version: &str, seen: &VisibleChange) -> Event {
    let mut data = json!({"data_version": data_version, "kinds": seen.kinds});
    if let Some(quads) = &seen.quads {
        let name = |quad: &geocrm_domain::TileId| format!("{}/{}/{}", quad.z, quad.x, quad.y);
        data["quads"] = quads.iter().map(name).collect();
    }
    Event::default().event("changed").data(data.to_string())
}
