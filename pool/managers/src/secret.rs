use std::error::Error;
use std::iter::successors;

/// A password that must not be shown, whatever a server or a library puts into its messages.
#[derive(Clone, Default)]
pub(crate) struct Secret(String);

impl Secret {
    /// Keeps `password` secret, unless it is one of the `public` words that messages may name.
    pub(crate) fn new(password: Option<&[u8]>, public: &[Option<&str>]) -> Self {
        let password = String::from_utf8_lossy(password.unwrap_or_default()).into_owned();
        if public.contains(&Some(&password)) { Self::default() } else { Self(password) }
    }

    /// Returns true if neither `error` nor one of its sources shows the secret.
    pub(crate) fn is_kept_by(&self, error: &(dyn Error + 'static)) -> bool {
        let escaped = self.0.escape_debug().to_string();
        let is_in = |text: String| text.contains(&self.0) || text.contains(&escaped);
        let mut chain = successors(Some(error), |&error| error.source());
        self.0.is_empty() || !chain.any(|error| is_in(format!("{error}\n{error:?}")))
    }
}
