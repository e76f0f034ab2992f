use seawall::Tick;
use serde::Serialize;

use super::{Named, seconds_ago};
use crate::event_log::Logged;
use crate::level::Level;

#[derive(Serialize)]
pub(super) struct EventView<'d> {
    event: &'d str,
    level: Level,
    of: Option<Named<'d>>,
    protection: Option<&'d str>,
    key: Option<&'d str>,
    text: &'d str,
    count: u64,
    seconds_ago: f64,
    first_seconds_ago: f64,
}

impl<'d> EventView<'d> {
    pub(super) fn new(logged: &'d Logged, now: Tick) -> Self {
        Self {
            event: &logged.name,
            level: logged.level,
            of: logged.layer.as_ref().map(Named::from),
            protection: logged.protection.as_ref().map(|layer| layer.name().as_str()),
            key: logged.key.as_deref(),
            text: &logged.text,
            count: logged.count,
            seconds_ago: seconds_ago(logged.last, now),
            first_seconds_ago: seconds_ago(logged.first, now),
        }
    }
}
