use seawall_ratelimit::{Algorithm, KeyOverflow, Rule};
use seawall_testkit::scenario::Time;
use serde::Deserialize;

/// The options of a row: those of a rule, flat, under the names that settings use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    limit: u32,
    period: Time,
    burst: Option<u32>,
    algorithm: Option<String>,
    max_wait: Option<Time>,
    max_keys: Option<u32>,
    overflow: Option<String>,
}

impl Options {
    /// Returns the rule that they describe.
    ///
    /// # Errors
    /// If a name is unknown.
    pub(crate) fn rule(&self) -> Result<Rule, String> {
        let Time(period) = self.period;
        let mut rule = Rule::new("row", self.limit, period);
        if let Some(burst) = self.burst {
            rule = rule.burst(burst);
        }
        if let Some(name) = &self.algorithm {
            rule = rule.algorithm(algorithm(name)?);
        }
        if let Some(Time(max_wait)) = self.max_wait {
            rule = rule.max_wait(max_wait);
        }
        if let Some(max_keys) = self.max_keys {
            rule = rule.max_keys(max_keys);
        }
        if let Some(name) = &self.overflow {
            rule = rule.overflow(overflow(name)?);
        }
        Ok(rule)
    }

    /// Returns the same options with another limit.
    pub(crate) fn with_limit(&self, limit: u32) -> Self {
        Self { limit, ..self.clone() }
    }
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    let found = Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == name);
    found.ok_or_else(|| format!("`{name}` is not an algorithm"))
}

fn overflow(name: &str) -> Result<KeyOverflow, String> {
    Ok(match name {
        "shared" => KeyOverflow::Shared,
        "reject" => KeyOverflow::Reject,
        "evict_coldest" => KeyOverflow::EvictColdest,
        _ => return Err(format!("`{name}` is not a way to treat further keys")),
    })
}
