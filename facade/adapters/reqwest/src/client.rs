/// Returns a builder of clients without reqwest's own retries.
///
/// Those are attempts inside of one protected call: no limit or circuit would see them, and the budget of the
/// policy would not bound them.
pub fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().retry(reqwest::retry::never())
}
