//! Server-sent events: tells an open page that data it may see has changed. A stream outlives the request that began
//! it, so it asks again every few seconds who listens: it ends with the session and goes on with the scope of now.

use crate::Served;
use crate::extract::Viewer;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::stream::{self, Stream, StreamExt};
use geocrm_app::App;
use geocrm_app::change::{Change, VisibleChange};
use geocrm_app::session::SignedIn;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, interval, timeout};

/// How often a stream asks who listens, and how long it waits for the answer: a right that was taken away is gone after
/// five seconds at the latest.
const ASK_EVERY: Duration = Duration::from_secs(3);
const ASK_AT_MOST: Duration = Duration::from_millis(1_500);

/// An open page.
struct Listener {
    app: Arc<App>,
    viewer: SignedIn,
    changes: Receiver<Change>,
    ask: Interval,
}

impl Listener {
    /// What the page is told next; `None` ends the stream. Where nobody can say who listens, it ends too, and the page
    /// opens another.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                changed = self.changes.recv() => match changed {
                    Ok(change) => {
                        if let Some(seen) = change.visible_to(&self.viewer.scope) {
                            return Some(event(&change.data_version, &seen));
                        }
                    }
                    // A slow reader has missed some: what they changed may be anywhere.
                    Err(RecvError::Lagged(_)) => return Some(self.anything()),
                    Err(RecvError::Closed) => return None,
                },
                _ = self.ask.tick() => {
                    let asked = timeout(ASK_AT_MOST, self.app.still_signed_in(&self.viewer)).await;
                    let viewer = asked.ok()?.ok()??;
                    if viewer.scope != self.viewer.scope {
                        self.viewer = viewer;
                        return Some(self.anything());
                    }
                }
                () = self.app.closing() => return None,
            }
        }
    }

    fn anything(&self) -> Event {
        event(&self.app.data_version(), &VisibleChange::anything())
    }
}

/// A stream of `changed` events: the data version, the kinds of figures that changed, and the tiles of zoom 12 outside
/// which nothing on the map did (`quads`; absent when that is not known).
#[utoipa::path(get, path = "/api/v1/events", tag = "session",
    responses((status = 200, content_type = "text/event-stream")))]
pub async fn listen(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // Before the version is said, so that no change falls between the two.
    let changes = served.app.changes();
    let hello = stream::once(std::future::ready(
        Event::default()
            .event("hello")
            .data(served.app.data_version()),
    ));
    let mut ask = interval(ASK_EVERY);
    // The first tick is at once, when the gate has just asked.
    ask.reset();
    let listener = Listener {
        changes,
        app: served.app,
        viewer,
        ask,
    };
    let told = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((event, listener))
    });
    Sse::new(hello.chain(told).map(Ok))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

fn event(data_version: &str, seen: &VisibleChange) -> Event {
    let mut data = json!({"data_version": data_version, "kinds": seen.kinds});
    if let Some(quads) = &seen.quads {
        let name = |quad: &geocrm_domain::TileId| format!("{}/{}/{}", quad.z, quad.x, quad.y);
        data["quads"] = quads.iter().map(name).collect();
    }
    Event::default().event("changed").data(data.to_string())
}
