use std::sync::Arc;
use std::time::Duration;

use seawall_core::policy::{Hedge, QuantileTimeout, Retry};
use seawall_core::{Component, Layer};

use super::Handle;
use crate::build::table_name;
use crate::config::{ConfigError, Diagnostic, Preset, Problem, nearest};
use crate::live::{Live, Parts, Recipe, Running, Table};
use crate::plan::{ONE_OF, PlannedPolicy, PlannedProtection, never_passes};
use crate::swap::Slot;

/// A protection that code puts together from configured components, once, for a call site that the
/// settings have no protection for. [`Infrastructure::compose`](crate::Infrastructure::compose) begins
/// one.
///
/// ```
/// # #[cfg(all(feature = "breaker", feature = "ratelimit"))] {
/// use std::time::Duration;
///
/// use seawall::{ConfigSource, Infrastructure};
///
/// let settings = r#"
///     [rate_limit.api]
///     limit = 100
///     period = "1s"
///
///     [breaker.payments]
///     failures = 5
/// "#;
/// let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
/// let refunds = infra
///     .compose()
///     .name("refunds")
///     .rate_limit("api")
///     .breaker("payments")
///     .timeout(Duration::from_millis(500))
///     .build()?;
/// let refunded = infra.execute_protected_blocking(&refunds, || Ok::<_, std::io::Error>(42))?;
/// assert_eq!(refunded, 42);
///
/// let error = infra.compose().breaker("paymnets").build().expect_err("misspelt").to_string();
/// assert!(error.ends_with("did you mean `payments`?"), "{error}");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// Layers are asked in the order in which they are added: rate limits, bulkheads, breakers.
#[must_use = "a composition does nothing before `build`"]
pub struct Composition<'i> {
    live: &'i Live,
    name: Option<String>,
    layers: Vec<(Component, String)>,
    timeout: Option<Duration>,
    deadline: Option<Duration>,
    retry: Option<Retry>,
    hedge: Option<Hedge>,
    quantile: Option<QuantileTimeout>,
    budget: Option<String>,
    preset: Option<Preset>,
}

impl<'i> Composition<'i> {
    pub(crate) fn new(live: &'i Live) -> Self {
        let (name, layers, timeout, deadline) = (None, Vec::new(), None, None);
        let (retry, hedge, quantile, budget, preset) = (None, None, None, None, None);
        Self { live, name, layers, timeout, deadline, retry, hedge, quantile, budget, preset }
    }

    /// Sets the name that events, refusals and timeouts have for the whole. By default, it is the names
    /// of the layers, with `+` between them.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds the rate limit called `name` in the settings.
    pub fn rate_limit(self, name: impl Into<String>) -> Self {
        self.layer(Component::RateLimiter, name)
    }

    /// Adds the bulkhead called `name` in the settings.
    pub fn bulkhead(self, name: impl Into<String>) -> Self {
        self.layer(Component::Bulkhead, name)
    }

    /// Adds the circuit breaker called `name` in the settings.
    pub fn breaker(self, name: impl Into<String>) -> Self {
        self.layer(Component::CircuitBreaker, name)
    }

    fn layer(mut self, component: Component, name: impl Into<String>) -> Self {
        self.layers.push((component, name.into()));
        self
    }

    /// Attempts calls again that fail. Their extra calls are taken from the budget of the last breaker's name,
    /// if the settings have it, or else from one of its own: see [`budget`](Self::budget).
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Sends calls once more that take long. A copy is taken from the same budget as retries.
    pub fn hedge(mut self, hedge: Hedge) -> Self {
        self.hedge = Some(hedge);
        self
    }

    /// Limits the time of the operation by what it takes usually.
    pub fn quantile_timeout(mut self, timeout: QuantileTimeout) -> Self {
        self.quantile = Some(timeout);
        self
    }

    /// Sets the budget of the extra calls, called `name` in the settings.
    pub fn budget(mut self, name: impl Into<String>) -> Self {
        self.budget = Some(name.into());
        self
    }

    /// Takes the limits of time and the retries of `preset`, where code sets none. It adds no layer.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.preset = Some(preset);
        self
    }

    /// Limits the time of the operation.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Limits the time of the whole call, waiting included.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Checks the composition as settings are checked, and returns a handle to it. Do this once, not
    /// for each call.
    ///
    /// # Errors
    /// With all problems: a name that the settings do not have; a component that is named twice; a
    /// layer that can make a call wait behind one whose answer becomes stale; a timeout longer than
    /// the deadline; more than eight layers; an option of a policy that is not within its bounds; nothing
    /// at all.
    pub fn build(mut self) -> Result<Handle, ConfigError> {
        self.fill();
        // No reload takes a component away meanwhile.
        let mut engine = self.live.engine();
        let table = self.live.current();
        let mut problems = Vec::new();
        let name = self.whole_name();
        let mut reject = |key: &str, wrong| {
            problems.push(Problem::in_code(&["protection", &name, key], wrong));
        };
        let mut parts = Parts { budgets: table.budgets.clone(), ..Parts::default() };
        let mut layers = Vec::new();
        for (nth, (component, layer)) in self.layers.iter().enumerate() {
            match self.find(&table, nth, *component, layer) {
                Ok(slot) => {
                    let key = (*component, Box::from(layer.as_str()));
                    layers.push(key.clone());
                    parts.components.insert(key, slot.current().0);
                }
                Err(wrong) => reject(table_name(*component), wrong),
            }
        }
        if let Some(wrong) = never_passes(self.timeout, self.deadline) {
            reject("timeout", wrong);
        }
        let policy = self.policy(&name);
        let whole = Layer::new(Component::Protection, name.as_str());
        for invalid in policy.problems(&whole) {
            reject(invalid.option(), Diagnostic::new(invalid.problem()));
        }
        if let Some(budget) = &self.budget
            && !table.budgets.contains_key(&**budget)
        {
            let near = nearest(budget, table.budgets.keys().map(|name| &**name));
            let found = format!("no budget named `{budget}` is configured");
            reject("budget", Diagnostic::new(found).suggest(near));
        }
        let has_limits = self.timeout.is_some() || self.deadline.is_some();
        if self.layers.is_empty() && !has_limits && !policy.does_something() {
            reject("compose", Diagnostic::new("the protection is empty").expected(ONE_OF));
        }
        let recipe = Recipe {
            name: name.as_str().into(),
            layers,
            timeout: self.timeout,
            deadline: self.deadline,
            policy: Some(policy).filter(PlannedPolicy::does_something),
            fallback: None,
        };
        if problems.is_empty() {
            match engine.composed.open(self.live, recipe, &parts) {
                Ok(handle) => return Ok(handle),
                Err(wrong) => {
                    problems.push(Problem::in_code(&["protection", &name, "compose"], wrong));
                }
            }
        }
        Err(ConfigError::new(problems))
    }

    /// Takes from the preset what code did not set.
    fn fill(&mut self) {
        let Some(preset) = self.preset else { return };
        let preset = PlannedProtection::of(preset);
        self.deadline = self.deadline.or(preset.deadline);
        if self.timeout.is_none() && self.quantile.is_none() {
            let policy = preset.policy.as_ref();
            (self.timeout, self.quantile) =
                (preset.timeout, policy.and_then(|policy| policy.timeout));
        }
        self.retry = self.retry.or(preset.policy.map(|policy| policy.retry));
    }

    /// Returns the policy of the whole, which is called `name`.
    fn policy(&self, name: &str) -> PlannedPolicy {
        let is_breaker = |(component, _): &&(_, _)| *component == Component::CircuitBreaker;
        let last = self.layers.iter().rfind(is_breaker);
        let target = last.map_or(name, |(_, name)| name.as_str());
        let budget = self.budget.as_deref().unwrap_or(target);
        PlannedPolicy {
            retry: self.retry.unwrap_or(Retry::new().attempts(1)),
            hedge: self.hedge,
            timeout: self.quantile,
            says_repeatable: true,
            budget: Some(budget.into()),
        }
    }

    fn whole_name(&self) -> String {
        let names = || self.layers.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>();
        match &self.name {
            Some(name) => name.clone(),
            None if self.layers.is_empty() => "composed".to_owned(),
            None => names().join("+"),
        }
    }

    /// Returns the component that is layer number `nth`, or what is wrong with it.
    fn find<'t>(
        &self,
        table: &'t Table,
        nth: usize,
        component: Component,
        name: &str,
    ) -> Result<&'t Slot<Arc<Running>>, Diagnostic> {
        let Some(reader) = table.component(component, name) else {
            let near = nearest(name, table.of(component).keys().map(|name| &**name));
            let found = format!("no {} named `{name}` is configured", component.title());
            return Err(Diagnostic::new(found).suggest(near));
        };
        let earlier = &self.layers[..nth];
        if earlier.iter().any(|(of, other)| *of == component && other == name) {
            let wrong = Diagnostic::new(format!("`{name}` is added twice"));
            return Err(wrong.expected("each component once"));
        }
        match earlier.iter().find(|(of, _)| rank(*of) > rank(component)) {
            Some((before, other)) => {
                let (layer, before) = (component.title(), before.title());
                let found = format!(
                    "the {layer} `{name}` is behind the {before} `{other}`, so that a call would hold \
                     what that gave it while it waits"
                );
                Err(Diagnostic::new(found).expected("rate limits, then bulkheads, then breakers"))
            }
            None => {
                reader.slot().ask();
                Ok(reader.slot())
            }
        }
    }
}

seawall_core::__debug! {
    impl Composition<'_>: self {
        name: self.whole_name(),
        layers: self.layers,
        timeout: self.timeout,
        deadline: self.deadline,
    }
}

const fn rank(component: Component) -> u8 {
    match component {
        Component::RateLimiter => 0,
        Component::Bulkhead => 1,
        _ => 2,
    }
}
