use std::time::SystemTime;

/// A point in time that an argument names.
#[derive(Clone, Copy)]
pub(crate) struct Moment(pub(super) SystemTime);

impl Moment {
    /// Reads a date and a time, or how long ago it was.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let ago = || now().checked_sub(humantime::parse_duration(text).ok()?);
        let day = || humantime::parse_rfc3339_weak(&format!("{text} 00:00:00")).ok();
        let moment = humantime::parse_rfc3339_weak(text).ok().or_else(day).or_else(ago);
        let expected =
            "expected a time like `2026-11-27 20:15:00` (UTC), a day, or how long ago: `90m`";
        moment.map(Self).ok_or_else(|| expected.to_owned())
    }
}

#[expect(clippy::disallowed_methods, reason = "people and journals live by this clock")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
