use seawall_breaker::{Backoff, BreakerOptions, KeyOptions, Probes, Ramp, RateWindow, Ratio};

use super::key_settings::{FORGET_AFTER, KEY_PARTS, MAX_KEYS, OVERFLOW, PER_KEY};
use super::settings::*;
use crate::config::{Diagnostic, Setting, Table};

/// Reads the options of a circuit; `None` if a value is wrong.
pub(in crate::build::breaker) fn circuit(table: &Table<'_>) -> Option<BreakerOptions> {
    let options = rules(table, BreakerOptions::new(table.name()));
    let options = recovery(table, with_window(table, options));
    let (overload, abandoned, panicked) =
        (table.get(&OVERLOAD), table.get(&ABANDONED), table.get(&PANICKED));
    let options = options?.overload(overload?).abandoned(abandoned?).panicked(panicked?);
    Some(with(options, table.get(&CALL_TIMEOUT), BreakerOptions::call_timeout))
}

/// Reads the rules that open a circuit.
fn rules(table: &Table<'_>, options: BreakerOptions) -> BreakerOptions {
    let options = with(options, table.get(&FAILURES), BreakerOptions::failures);
    let options = with(options, table.get(&WINDOW), BreakerOptions::window);
    let options =
        with(options, table.get(&CONSECUTIVE_FAILURES), BreakerOptions::consecutive_failures);
    let recent = table.get(&RECENT_FAILURES).zip(table.get(&RECENT_CALLS));
    let options = with(options, recent, |options, (failures, calls)| {
        options.recent_failures(failures, calls)
    });
    let options = with(options, ratio(table, &FAILURE_RATE), BreakerOptions::failure_rate);
    let options = with(options, table.get(&SLOW_CALL), BreakerOptions::slow_call);
    let options = with(options, ratio(table, &SLOW_CALL_RATE), BreakerOptions::slow_call_rate);
    with(options, table.get(&HUNG_CALLS), BreakerOptions::hung_calls)
}

/// Reads the calls that rates are taken over.
fn with_window(table: &Table<'_>, options: BreakerOptions) -> BreakerOptions {
    let window = table.get(&RATE_WINDOW).map(RateWindow::Time);
    let window = table.get(&RATE_CALLS).map(RateWindow::Calls).or(window);
    let options = with(options, window, BreakerOptions::rate_window);
    with(options, table.get(&MINIMUM_CALLS), BreakerOptions::minimum_calls)
}

/// Reads what closes a circuit.
fn recovery(table: &Table<'_>, options: BreakerOptions) -> Option<BreakerOptions> {
    let (first, max) = (table.get(&RESET_AFTER), table.get(&RESET_MAX));
    let jitter = ratio(table, &RESET_JITTER);
    let options = with(options, table.get(&HEAL_AFTER), BreakerOptions::heal_after);
    let (permits, successes) = (table.get(&PROBES), ratio(table, &PROBE_SUCCESSES));
    let lease = table.get(&PROBE_LEASE);
    let (floor, over) = (table.get(&RAMP_FLOOR), table.get(&RAMP));
    let reset = match (first?, max) {
        (first, Some(max)) => Backoff::exponential(first, max).with_jitter(jitter?),
        (first, None) => Backoff::fixed(first),
    };
    let probes = Probes::new(permits?, successes?).with_lease(lease?);
    let ramp = over.zip(floor).map(|(over, floor)| Ramp::new(over, floor));
    Some(with(options.reset(reset).probes(probes), ramp, BreakerOptions::ramp))
}

/// Reads which keys have circuits of their own, if any has; `None` if a value is wrong.
pub(super) fn keys(table: &Table<'_>) -> Option<Option<KeyOptions>> {
    let (max_keys, overflow) = (table.get(&MAX_KEYS), table.get(&OVERFLOW));
    let (forget_after, parts) = (table.get(&FORGET_AFTER), table.get(&KEY_PARTS));
    if !table.get(&PER_KEY)? {
        let about_keys = [MAX_KEYS.name(), OVERFLOW.name(), FORGET_AFTER.name(), KEY_PARTS.name()];
        for key in about_keys.into_iter().filter(|key| table.is_set(key)) {
            let wrong = Diagnostic::new("all keys have one circuit");
            table.reject(key, wrong.expected("`per_key = true` with it"));
        }
        return Some(None);
    }
    let keys =
        KeyOptions::new().max_keys(max_keys?).overflow(overflow?).forget_after(forget_after?);
    let parts = parts.and_then(|parts| usize::try_from(parts).ok());
    Some(Some(with(keys, parts, KeyOptions::key_parts)))
}

/// Reads a fraction.
pub(in crate::build::breaker) fn ratio(table: &Table<'_>, setting: &Setting<f64>) -> Option<Ratio> {
    table.get(setting).and_then(Ratio::new)
}

/// Returns `options` with `value`, if there is one.
fn with<O, V>(options: O, value: Option<V>, set: impl FnOnce(O, V) -> O) -> O {
    match value {
        Some(value) => set(options, value),
        None => options,
    }
}
