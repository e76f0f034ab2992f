use std::time::Duration;

/// Maximum length of a text that is kept, in bytes.
const MAX: usize = 400;

/// Returns `text` without what does not fit.
pub(crate) fn shortened(text: &str) -> String {
    match text.len() {
        0..=MAX => text.to_owned(),
        _ => {
            let end = (0..=MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            format!("{}…", &text[..end])
        }
    }
}

/// Returns a time for people: `340 ms`, `12 s`, `15 min`, `2 h`.
pub(crate) fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds if seconds < 120.0 => format!("{seconds:.0} s"),
        seconds if seconds < 7200.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.0} h", seconds / 3600.0),
    }
}
