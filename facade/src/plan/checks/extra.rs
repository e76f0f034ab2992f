//! Retries, hedges and fallbacks that do not what they are for.

use humantime::format_duration;
use seawall_core::policy::HedgeAfter;

use super::Finding;
use super::facts::Protected;

pub(super) fn hedges_are_sent(call: &Protected<'_>) -> Option<Finding> {
    let hedge = call.planned.policy.as_ref()?.hedge?;
    let limits = [("timeout", call.timeout()), ("deadline", call.deadline())];
    let limits = limits.into_iter().filter_map(|(name, limit)| Some((name, limit?)));
    let (name, limit) = limits.min_by_key(|(_, limit)| *limit)?;
    let (key, delay) = match hedge.after {
        HedgeAfter::Time(time) if time > hedge.min => ("hedge", time),
        _ => ("hedge_min", hedge.min),
    };
    if delay < limit {
        return None;
    }
    let [delay, limit] = [delay, limit].map(format_duration);
    Some(Finding::error(
        call.own().place(key),
        format!("a copy after {delay} is never sent: the `{name}` of {limit} ends the call"),
        format!("less than {limit}"),
    ))
}

pub(super) fn hedges_fit_the_budget(call: &Protected<'_>) -> Option<Finding> {
    let hedge = call.planned.policy.as_ref()?.hedge?;
    let budget = call.budget()?;
    let ratio = budget.number("ratio").filter(|ratio| hedge.share > *ratio)?;
    let [share, ratio] = [hedge.share, ratio].map(|share| (share * 1e6).round() / 1e4);
    Some(Finding::error(
        call.own().place("hedge"),
        format!(
            "hedges may take {share}% where the `ratio` of the budget `{}` allows {ratio}% for all extra calls",
            budget.name
        ),
        format!("a share of {ratio}% at most"),
    ))
}

pub(super) fn repeatable_calls_are_known(call: &Protected<'_>) -> Option<Finding> {
    let (policy, own) = (call.planned.policy.as_ref()?, call.own());
    let key = match policy.retry.attempts {
        1 => policy.hedge.map(|_| "hedge")?,
        _ => "attempts",
    };
    if policy.says_repeatable {
        return None;
    }
    Some(Finding::error(
        own.place(key),
        "nothing says which calls may be repeated".to_owned(),
        "`idempotent = true` with it if all may, or `idempotent = false` if a call says so itself"
            .to_owned(),
    ))
}

pub(super) fn fallback_is_independent(call: &Protected<'_>) -> Option<Finding> {
    let other = call.plan.protections.get(call.planned.fallback()?)?;
    let mut shared = call.planned.layers.iter().filter(|layer| other.layers.contains(layer));
    let (component, name) = shared.next()?;
    let layer = format!("{} `{name}`", component.title());
    Some(Finding::warning(
        call.own().place("fallback"),
        format!("protection `{}` has the same {layer}, and is refused with it", other.name),
        "a fallback with layers of its own".to_owned(),
    ))
}
