//! Settings that all breakers, rate limits and bulkheads have, whatever their backend.

use seawall_core::dry_run::Mode;

use crate::config::{Diagnostic, SHADOW as SHADOW_KEY, Setting, SettingDef, Table, Tables, Word};

const MODE: Setting<ModeWord> = Setting::word(
    "mode",
    "whether its refusals are obeyed (the default), or only counted, or it is not asked",
);

const ENFORCE: Setting<f64> = Setting::ratio(
    "enforce",
    "fraction of the keys for which its refusals are obeyed; those of the others are counted",
);

const SHADOW: Setting<Tables> = Setting::shadow(
    SHADOW_KEY,
    "other values for its settings, for a layer beside it that has the same calls and is not obeyed; `\"off\"` for a \
     setting that it is not to have",
);

pub(crate) const REQUIRED: Setting<bool> =
    Setting::flag("required", "true if the service is not ready without it");

const REMEMBER: Setting<bool> = Setting::flag(
    "remember",
    "true if `seawall-journal` keeps its state and its manual control across restarts",
);

/// The settings.
pub(crate) const SETTINGS: &[SettingDef] =
    &[MODE.def(), ENFORCE.def(), SHADOW.def(), REQUIRED.def(), REMEMBER.def()];

/// What is done with the refusals of a layer, or with what a policy would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ModeWord {
    #[default]
    Enforce,
    Observe,
    Off,
}

impl Word for ModeWord {
    const WORDS: &'static [(&'static str, Self)] =
        &[("enforce", Self::Enforce), ("observe", Self::Observe), ("off", Self::Off)];
}

/// What a component is asked for, and whether the service needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Common {
    pub(crate) mode: Mode,
    pub(crate) required: bool,
    pub(crate) remember: bool,
}

impl Common {
    /// Reads the settings of `table`.
    pub(crate) fn read(table: &Table<'_>) -> Self {
        let (word, share) = (table.get(&MODE), table.get(&ENFORCE));
        let mode = match (word.unwrap_or_default(), share) {
            (ModeWord::Enforce, Some(share)) => Mode::share(share).unwrap_or(Mode::Enforce),
            (ModeWord::Enforce, None) => Mode::Enforce,
            (ModeWord::Observe, _) => Mode::Observe,
            (ModeWord::Off, _) => Mode::Off,
        };
        let is_idle = share.is_some() && matches!(mode, Mode::Observe | Mode::Off);
        if is_idle && !table.is_default_of_component(ENFORCE.name()) {
            let wrong = Diagnostic::new("nothing is enforced in this `mode`");
            table.reject(ENFORCE, wrong.expected("`mode = \"enforce\"` with it, or no `mode`"));
        }
        let [required, remember] =
            [REQUIRED, REMEMBER].map(|setting| table.get(&setting).unwrap_or_default());
        Self { mode, required, remember }
    }
}
