use seawall_core::{Component, Driver, InvalidOption};

use super::Instance;
use crate::config::{SettingDef, Table};

/// A backend of circuit breakers, rate limits or bulkheads that settings can name:
/// `backend = "NAME"`. The backends of this workspace implement it, and so can any other crate:
/// [`Builder::backend`](crate::Builder::backend) registers it.
///
/// ```
/// use seawall::settings::{ComponentBackend, Instance, Setting, SettingDef, Table};
/// use seawall::{Component, ConfigSource, Driver, Infrastructure};
/// # use seawall_core::{Backend, Call, Entry, Exit, InvalidOption, Layer, Status, Tick, Token};
///
/// const FAILURES: Setting<u32> =
///     Setting::count("failures", "number of failures that opens the circuit").default("3");
///
/// struct Fuses;
///
/// impl ComponentBackend for Fuses {
///     const COMPONENT: Component = Component::CircuitBreaker;
///     const NAME: &'static str = "fuse";
///     const SETTINGS: &'static [SettingDef] = &[FAILURES.def()];
///     type Options = u32;
///
///     fn read(&self, table: &Table<'_>) -> Option<u32> {
///         table.get(&FAILURES)
///     }
///
///     fn start(&self, name: &str, failures: &u32, _: &Driver) -> Result<Instance, InvalidOption> {
///         Ok(Instance::new(Fuse::new(name, *failures)))
///     }
/// }
/// # #[derive(Clone)]
/// # struct Fuse(Layer);
/// # impl Fuse {
/// #     fn new(name: &str, _: u32) -> Self {
/// #         Self(Layer::new(Component::CircuitBreaker, name))
/// #     }
/// # }
/// # impl Backend for Fuse {
/// #     fn layer(&self) -> &Layer {
/// #         &self.0
/// #     }
/// #     fn enter(&self, _: &Call<'_>) -> Entry {
/// #         Entry::Go(Token::default())
/// #     }
/// #     fn exit(&self, _: Token, _: &Exit<'_>) {}
/// #     fn status(&self, _: Tick) -> Status {
/// #         Status::new(&self.0, "whole")
/// #     }
/// # }
///
/// let settings = "[breaker.payments]\nbackend = 'fuse'\nfailures = 5";
/// let infra = Infrastructure::builder()
///     .config(ConfigSource::new().toml_str(settings))
///     .backend(Fuses)
///     .build()?;
/// assert_eq!(infra.components()[0].backend, Some("fuse"));
/// # Ok::<(), seawall::ConfigError>(())
/// ```
pub trait ComponentBackend: Send + Sync + 'static {
    /// The kind of component, which says in which table it is configured.
    const COMPONENT: Component;

    /// The name in settings.
    const NAME: &'static str;

    /// The settings that its tables may have, besides `backend`.
    const SETTINGS: &'static [SettingDef];

    /// What a table says, typed. Equal options describe the same component, which a reload leaves as it
    /// is.
    type Options: Clone + PartialEq + Send + Sync + 'static;

    /// Reads a table and checks it whole, so that [`start`](Self::start) accepts the result. Starts
    /// nothing.
    ///
    /// Returns `None` only after a problem was reported: by [`Table::get`], [`Table::accept`] or
    /// [`Table::reject`].
    fn read(&self, table: &Table<'_>) -> Option<Self::Options>;

    /// Starts a component. `driver` has the clock and the observers, for handles that run calls of
    /// their own.
    ///
    /// # Errors
    /// If it cannot be started with these options.
    fn start(
        &self,
        name: &str,
        options: &Self::Options,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption>;

    /// Returns what becomes of a running component whose options change from `old` to `new`. The
    /// difference of two plans shows it before it is applied.
    ///
    /// The default starts the component anew.
    fn on_change(&self, old: &Self::Options, new: &Self::Options) -> OnChange {
        let _ = (old, new);
        OnChange::Restart("the backend cannot change options of a running component")
    }

    /// Changes the options of a running component in place. It is called only after
    /// [`on_change`](Self::on_change) returned [`OnChange::InPlace`].
    ///
    /// # Errors
    /// If it cannot run with the new options; it then goes on with the old ones.
    fn reconfigure(
        &self,
        running: &Instance,
        old: &Self::Options,
        new: &Self::Options,
    ) -> Result<(), InvalidOption> {
        let _ = (running, old, new);
        Ok(())
    }
}

/// What becomes of a running component whose options change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnChange {
    /// It goes on with the new options and keeps its state.
    InPlace,
    /// It is replaced by a new one, for this reason, and its state is lost.
    Restart(&'static str),
}
