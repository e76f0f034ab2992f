#[cfg(feature = "breaker-failsafe")]
mod failsafe;
#[cfg(feature = "breaker")]
mod native;
#[cfg(feature = "__store")]
mod shared;

#[cfg(feature = "breaker")]
use crate::config::SettingDef;

#[cfg(feature = "breaker-failsafe")]
pub(super) use self::failsafe::Failsafe;
#[cfg(feature = "breaker")]
pub(super) use self::native::Native;
#[cfg(feature = "__store")]
pub(super) use self::shared::Shared;

/// Returns the settings of two lists, `N` in all.
#[cfg(feature = "breaker")]
const fn joined<const N: usize>(
    first: &'static [SettingDef],
    second: &'static [SettingDef],
) -> [SettingDef; N] {
    let mut all = [first[0]; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}
