use std::collections::VecDeque;

use seawall::{Handle, OwnedPlace, Refusal, Verdict};

/// The protection of downloads: one at a time.
pub(crate) const SETTINGS: &str = r#"
    [bulkhead.downloads]
    max_concurrent = 1

    [breaker.downloads]
    failures = 5

    [protection.download]
    bulkhead = "downloads"
    breaker = "downloads"
"#;

/// A body that streams. It keeps the place of its call in the bulkhead until it is read to its end or
/// dropped.
#[derive(Debug)]
pub(crate) struct Body {
    chunks: VecDeque<Vec<u8>>,
    place: Option<OwnedPlace>,
}

impl Body {
    /// Returns the next chunk; `None` at the end, where the place is free.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        tokio::task::yield_now().await;
        let chunk = self.chunks.pop_front();
        if chunk.is_none() {
            self.place = None;
        }
        chunk
    }
}

/// Calls a service. Once its headers are there, the call is a success, and the breaker learns that;
/// the body keeps only the place in the bulkhead.
///
/// # Errors
/// If a layer refuses the call.
pub(crate) async fn fetch(download: &Handle) -> Result<Body, Refusal> {
    let permit = download.owned().acquire().await?;
    // Dropped here, the permit is that of a call whose caller went away.
    let chunks = headers().await;
    Ok(Body { chunks, place: Some(permit.report(Verdict::Success)) })
}

/// Stands for a request: returns with the headers, while the body is still to come.
async fn headers() -> VecDeque<Vec<u8>> {
    tokio::task::yield_now().await;
    [vec![0; 1024], vec![0; 512]].into()
}
