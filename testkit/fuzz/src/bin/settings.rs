//! Settings: whatever a file has, it is a plan, or an error that says something. Nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seawall::{ConfigSource, Infrastructure};

fuzz_target!(|text: &str| {
    for config in [ConfigSource::new().toml_str(text), ConfigSource::new().json_str(text)] {
        let builder = Infrastructure::builder().config(config).assume_managers();
        match builder.plan() {
            Ok(plan) => {
                let _shown = (plan.to_string(), plan.warnings().len(), plan.required());
            }
            Err(error) => {
                assert!(!error.problems().is_empty());
                assert!(
                    !error.to_string().chars().any(|c| c.is_control() && c != '\n'),
                    "{error:?}"
                );
            }
        }
    }
});
