use std::time::Duration;

use seawall_breaker::KeyOptions;
use seawall_core::KeyOverflow;

use crate::build::{keys, settings};
use crate::config::Setting;

settings! {
    PER_KEY: bool =
        Setting::flag("per_key", "true for a circuit per key; the settings below need it")
            .default("false");
    MAX_KEYS: u32 = Setting::count("max_keys", "maximum number of keys with a circuit")
        .max(KeyOptions::MAX_KEYS)
        .unit("keys")
        .default("10000");
    OVERFLOW: KeyOverflow = keys::OVERFLOW;
    FORGET_AFTER: Duration = Setting::duration(
        "forget_after",
        "how long the circuit of an idle key is kept where other keys need its room",
    )
    .default("1d");
    KEY_PARTS: u32 = keys::KEY_PARTS;
}
