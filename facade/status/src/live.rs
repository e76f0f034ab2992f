//! Server-sent events: the document of each sample, without the settings.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;

use crate::page::Page;

/// Maximum number of pages that are live at once.
const MAX_LIVE: usize = 100;

/// The documents of the samples, for the pages that are open.
#[derive(Debug)]
pub(crate) struct Live(watch::Sender<Option<Arc<str>>>);

impl Live {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Sends a document to all pages; `make` is called only if there are any.
    pub(crate) fn send(&self, make: impl FnOnce() -> Option<String>) {
        let made = if self.0.receiver_count() > 0 { make() } else { None };
        self.0.send_replace(Some(made.unwrap_or_default().into()));
    }

    /// Ends all connections: no samples are taken any more. A graceful shutdown would wait for them.
    pub(crate) fn end(&self) {
        self.0.send_replace(None);
    }
}

pub(crate) async fn events(State(page): State<Arc<Page>>) -> Response {
    let live = &page.samples.live.0;
    if live.receiver_count() >= MAX_LIVE {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages are open").into_response();
    }
    let mut documents = live.subscribe();
    if documents.borrow_and_update().is_none() {
        let why = "no samples are taken: is `Infrastructure::run` spawned?";
        return (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    }
    let first = page.samples.json(false).unwrap_or_default();
    let later = stream::unfold(documents, async |mut documents| {
        loop {
            documents.changed().await.ok()?;
            let document = documents.borrow_and_update().clone()?;
            if !document.is_empty() {
                return Some((document, documents));
            }
        }
    });
    let all = stream::iter([first.into()]).chain(later).map(|document: Arc<str>| {
        // JSON in one line: the format of the events escapes no line breaks.
        Ok::<_, Infallible>(Event::default().event("status").data(&*document))
    });
    ([("x-accel-buffering", "no")], Sse::new(all)).into_response()
}
