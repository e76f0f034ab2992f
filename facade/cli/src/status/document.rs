use serde::Deserialize;
use serde_json::Value;

/// The parts of the status page's document that a terminal shows. `docs/status-page.md` describes it.
#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) title: String,
    pub(super) namespace: Option<String>,
    pub(super) uptime_seconds: f64,
    pub(super) level: Level,
    pub(super) protections: Vec<Protection>,
    pub(super) components: Vec<Component>,
    pub(super) events: Vec<Event>,
    pub(super) config: Config,
}

/// The format that this command knows.
const FORMAT: u64 = 1;

impl Document {
    pub(super) fn read(json: Value) -> Result<Self, String> {
        match json["format"].as_u64() {
            Some(FORMAT) => serde_json::from_value(json)
                .map_err(|error| format!("this is no status page of Seawall: {error}")),
            Some(other) => Err(format!(
                "the status page has format {other}, and this command knows format {FORMAT}; \
                 update it"
            )),
            None => Err("this is no status page of Seawall: it has no `format`".to_owned()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Idle,
    Ok,
    Warning,
    Failing,
    Refusing,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
pub(super) struct Protection {
    pub(super) name: String,
    pub(super) level: Level,
    pub(super) reason: Option<String>,
    pub(super) windows: Vec<Window>,
    pub(super) latency: Option<Latency>,
}

#[derive(Deserialize)]
pub(super) struct Component {
    pub(super) component: String,
    pub(super) name: String,
    pub(super) level: Level,
    pub(super) state: String,
    pub(super) state_seconds: Option<f64>,
    pub(super) cause: Option<String>,
    pub(super) used: Option<u64>,
    pub(super) max: Option<u64>,
    pub(super) last_error: Option<LastError>,
}

#[derive(Deserialize)]
pub(super) struct LastError {
    pub(super) text: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Window {
    pub(super) covered_seconds: u64,
    pub(super) calls: u64,
    pub(super) failure: u64,
    pub(super) timed_out: u64,
    pub(super) refused: u64,
}

#[derive(Deserialize)]
pub(super) struct Latency {
    pub(super) p50_seconds: Option<f64>,
    pub(super) p99_seconds: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Event {
    pub(super) level: Level,
    pub(super) of: Option<Named>,
    pub(super) text: String,
    pub(super) count: u64,
    pub(super) seconds_ago: f64,
}

/// The component that an event is about.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) component: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Config {
    pub(super) version: u64,
    pub(super) is_stale: bool,
    pub(super) problems: Vec<String>,
}
