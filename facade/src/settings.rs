//! How backends of other crates are named in settings, and how their settings are declared and read.

pub use crate::build::{ComponentBackend, Instance, OnChange};
pub use crate::config::{
    DefaultValue, Diagnostic, EffectiveSetting, Kind, Rate, Setting, SettingDef, SettingValue,
    Table, Tables, ValueSource, Word, WrittenKey,
};
pub use crate::plan::{
    ChangeKind, Plan, PlanDiff, PlannedChange, PlannedComponent, PlannedPolicy, PlannedProtection,
    SettingChange,
};

#[doc(inline)]
pub use seawall_core::InvalidOption;
