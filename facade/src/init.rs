use std::env;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::{Builder, ConfigError, ConfigSource, Infrastructure, UnknownName, Watch};

/// The variable with the path of the settings.
const VARIABLE: &str = "SEAWALL_CONFIG";

/// The places where settings are looked for without it, the first one that exists.
const PLACES: [&str; 2] = ["seawall.toml", "/etc/seawall/seawall.toml"];

/// Reads the settings from the usual places, starts what they describe, and returns it with its
/// background work, which is to be spawned.
///
/// The settings are the file that the variable `SEAWALL_CONFIG` names; without it, `seawall.toml` in
/// the current folder, or else `/etc/seawall/seawall.toml`. Over them comes the environment
/// ([`ConfigSource::environment`]), with the profile that `SEAWALL_PROFILE` names. With the feature
/// `tracing`, events are logged ([`TracingObserver`](crate::TracingObserver)). The background work
/// includes a [watcher](Builder::watch), which applies changes of the file.
///
/// ```no_run
/// # #[cfg(feature = "tokio")] {
/// #[tokio::main]
/// async fn main() -> Result<(), seawall::InitError> {
///     let (infra, background) = seawall::init()?;
///     tokio::spawn(background);
///     let charge = infra.protection("charge_card")?;
///     // ...
///     Ok(())
/// }
/// # }
/// ```
///
/// # Errors
/// If there are no settings, or anything is wrong with them; then nothing is started. `?` in `main`
/// prints the whole report.
pub fn init() -> Result<(Infrastructure, BackgroundWork), InitError> {
    init_with(|builder| builder)
}

/// Starts everything as [`init`] does, with what `build` adds: pools, observers, another clock.
///
/// ```no_run
/// # #[cfg(feature = "pool-deadpool")]
/// # fn example(orders: impl seawall::pooling::Manage) -> Result<(), seawall::InitError> {
/// let (infra, background) = seawall::init_with(|builder| builder.pool("orders", orders))?;
/// # drop((infra, background));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`init`].
pub fn init_with(
    build: impl FnOnce(Builder) -> Builder,
) -> Result<(Infrastructure, BackgroundWork), InitError> {
    let builder = Infrastructure::builder().config(ConfigSource::usual()?).watch(Watch::new());
    #[cfg(feature = "tracing")]
    let builder = builder.observer(crate::TracingObserver::new());
    let infra = build(builder).build()?;
    let background = BackgroundWork(Box::pin(infra.run()));
    Ok((infra, background))
}

/// The background work of an infrastructure, a future to be spawned: [`Infrastructure::run`].
#[must_use = "nothing is done in the background before it is polled"]
pub struct BackgroundWork(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Future for BackgroundWork {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

seawall_core::__debug! { impl BackgroundWork }

impl ConfigSource {
    /// Returns the sources that [`init`] reads, for commands and tests that look at the same settings.
    ///
    /// # Errors
    /// If there are no settings: no file, and nothing in the environment.
    pub fn usual() -> Result<Self, InitError> {
        let variable = env::var_os(VARIABLE).filter(|path| !path.is_empty());
        let file = variable.map(PathBuf::from).or_else(|| find(&PLACES));
        let source = match file {
            Some(file) => Self::new().file(file),
            None if has_variables() => Self::new(),
            None => return Err(InitError(Problem::NoSettings)),
        };
        Ok(source.environment())
    }
}

fn find(places: &[&str]) -> Option<PathBuf> {
    places.iter().map(Path::new).find(|place| place.exists()).map(Path::to_owned)
}

/// Returns true if the environment alone may describe something.
fn has_variables() -> bool {
    let is_setting =
        |name: &str| name.strip_prefix("SEAWALL_").is_some_and(|name| name.contains("__"));
    env::vars_os().any(|(name, _)| name.to_str().is_some_and(is_setting))
}

/// The reason that a program could not start: for `main`, as the error that it returns.
///
/// `Debug` shows the same report as `Display`, so that `?` in `main` prints it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct InitError(Problem);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error(
        "no settings: there is no `seawall.toml` here and no `/etc/seawall/seawall.toml`; create one \
         of them, or set SEAWALL_CONFIG to the path of the settings"
    )]
    NoSettings,
    #[error(transparent)]
    Config(ConfigError),
    #[error(transparent)]
    Name(UnknownName),
}

impl InitError {
    /// Returns the problems of the settings, if there are some.
    #[must_use]
    pub fn config(&self) -> Option<&ConfigError> {
        match &self.0 {
            Problem::Config(error) => Some(error),
            Problem::NoSettings | Problem::Name(_) => None,
        }
    }
}

impl From<ConfigError> for InitError {
    fn from(error: ConfigError) -> Self {
        Self(Problem::Config(error))
    }
}

/// A program that takes its handles when it starts can fail there too.
impl From<UnknownName> for InitError {
    fn from(error: UnknownName) -> Self {
        Self(Problem::Name(error))
    }
}

impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
