use seawall_core::{Component, Status};

use super::HealthState;

/// The state, and why.
type Judged = (HealthState, Option<String>);

/// Returns what the status of a component means, and why. `cause` is the error that keeps it from
/// working, if that is known.
pub(super) fn judge(status: &Status, cause: Option<&str>) -> Judged {
    let is_obeyed = status.reading("enforced") != Some(0);
    let judged = match (status.layer.component(), status.state) {
        (_, "closed") if status.layer.component() != Component::CircuitBreaker => {
            (HealthState::Stopping, Some("it is closed".to_owned()))
        }
        (Component::CircuitBreaker, _) if !is_obeyed => (HealthState::Ready, None),
        (Component::CircuitBreaker, "open") => (HealthState::Failed, Some(open(status))),
        (Component::CircuitBreaker, "forced_open") => {
            (HealthState::Failed, Some("it is forced open".to_owned()))
        }
        (Component::CircuitBreaker, "half_open") => {
            (HealthState::Degraded, Some("it probes whether calls succeed again".to_owned()))
        }
        (Component::CircuitBreaker, "recovering") => {
            (HealthState::Degraded, Some("it admits a rising share of the calls".to_owned()))
        }
        (Component::CircuitBreaker, _) => keys(status),
        (Component::ConnectionPool, "degraded") => pool(status, cause),
        (Component::RateLimiter | Component::Bulkhead, "away" | "connecting" | "stopped") => {
            (HealthState::Degraded, Some(shared(status.state, status, cause)))
        }
        (Component::Store, _) => store(status, cause),
        _ => (HealthState::Ready, None),
    };
    let (state, reason) = match view(status, cause) {
        Some(lost) if is_obeyed => with_reason(judged, lost),
        _ => judged,
    };
    match status.control.last() {
        Some(control) => {
            let reason = reason.map_or_else(String::new, |reason| format!("{reason}; "));
            (state, Some(format!("{reason}{control}")))
        }
        None => (state, reason),
    }
}

fn open(status: &Status) -> String {
    match status.retry_after {
        Some(wait) => format!("it is open; a call is tried again in {:.1}s", wait.as_secs_f64()),
        None => "it is open".to_owned(),
    }
}

/// A breaker with a circuit for each key: some of them may be open.
fn keys(status: &Status) -> Judged {
    let open =
        ["open", "forced_open"].iter().filter_map(|state| status.reading(state)).sum::<u64>();
    match open {
        0 => (HealthState::Ready, None),
        1 => (HealthState::Degraded, Some("the circuit of 1 key is open".to_owned())),
        _ => (HealthState::Degraded, Some(format!("the circuits of {open} keys are open"))),
    }
}

/// Returns why a breaker that instances share goes by what it sees alone, if it does.
fn view(status: &Status, cause: Option<&str>) -> Option<String> {
    let is_alone = status.layer.component() == Component::CircuitBreaker
        && status.reading("connected") == Some(0);
    let contact = match (status.reading("exchanging"), status.reading("away_for")) {
        (Some(0), _) => "stopped",
        (_, Some(_)) => "away",
        _ => "connecting",
    };
    is_alone.then(|| format!("it goes by its own calls alone: {}", shared(contact, status, cause)))
}

fn with_reason(judged: Judged, more: String) -> Judged {
    let (state, reason) = judged;
    let reason = match reason {
        Some(reason) => format!("{reason}; {more}"),
        None => more,
    };
    (state.max(HealthState::Degraded), Some(reason))
}

/// Returns why something that instances share has not what others have: the `contact` with its store.
fn shared(contact: &str, status: &Status, cause: Option<&str>) -> String {
    match contact {
        "stopped" => "its background work does not run: is `run` polled?".to_owned(),
        "away" => with_cause(format!("it waits for its store{}", since(status)), cause),
        _ => "it waits for the first answer of its store".to_owned(),
    }
}

fn store(status: &Status, cause: Option<&str>) -> Judged {
    let reason = match (status.state, status.reading("warnings").unwrap_or(0)) {
        ("away", _) => with_cause(format!("it has not answered{}", since(status)), cause),
        ("connecting", _) => "it has not answered yet".to_owned(),
        (_, 0) => return (HealthState::Ready, None),
        (_, _) => {
            let reason = "it may lose what it keeps: see the events `store_warning`";
            return (HealthState::Ready, Some(reason.to_owned()));
        }
    };
    (HealthState::Degraded, Some(reason))
}

/// Returns for how long a store has been away, if that is known.
fn since(status: &Status) -> String {
    let away = status.reading("away_for").map(|millis| millis as f64 / 1000.0);
    away.map_or_else(String::new, |seconds| format!(" for {seconds:.1}s"))
}

fn with_cause(reason: String, cause: Option<&str>) -> String {
    match cause {
        Some(cause) => format!("{reason}: {cause}"),
        None => reason,
    }
}

/// A pool that has not connected, or whose last attempt failed.
fn pool(status: &Status, cause: Option<&str>) -> Judged {
    let reading = |name| status.reading(name).unwrap_or(0);
    let state = match (reading("created"), reading("size")) {
        (0, _) => HealthState::Starting,
        (_, 0) => HealthState::Failed,
        _ => HealthState::Degraded,
    };
    let reason = match (cause, reading("failed_connects")) {
        (Some(cause), _) => format!("it cannot connect: {cause}"),
        (None, 0) => "it has not connected yet".to_owned(),
        (None, failed) => format!("it cannot connect: {failed} attempts failed"),
    };
    (state, Some(reason))
}
