//! Texts that name a quantile of measured times: `p99.9`.

use seawall_core::policy::{Hedge, HedgeAfter, QuantileTimeout};
use serde_json::Value as Json;

use std::time::Duration;

use super::duration::{LONGEST, amount, duration, terms_pattern, written};
use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Diagnostic, Rejected, SettingDef};

/// The time that an operation has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OperationTime {
    Fixed(Duration),
    Quantile(QuantileTimeout),
}

/// When a copy of a call is sent, and how many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Copies {
    None,
    After(Hedge),
}

const QUANTILE: &str = r"\s*p[0-9]{2}(\.[0-9]+)?\s*";
const PERCENT: &str = r"\s*(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)\s*%\s*";

impl OperationTime {
    pub(crate) const EXPECTED: &str =
        r#"a duration like "1s", or a quantile like "p99.9 x 2 (100ms..5s)""#;

    /// Returns the regular expression of all of them.
    pub(crate) fn pattern() -> String {
        let terms = terms_pattern();
        format!(
            r"^({terms}|{QUANTILE}([x×*]\s*[0-9]+(\.[0-9]+)?\s*)?(\({terms}\.\.{terms}\)\s*)?)$"
        )
    }
}

impl Copies {
    pub(crate) const EXPECTED: &str =
        r#""off", or a quantile or a duration, and a share, like "p95, 5%" or "20ms, 5%""#;

    /// Returns the regular expression of all of them.
    pub(crate) fn pattern() -> String {
        format!(r"^(\s*off\s*|({QUANTILE}|{})(,{PERCENT})?)$", terms_pattern())
    }
}

impl Parse for OperationTime {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let text = raw.text().unwrap_or_default();
        match text.trim().strip_prefix('p') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(Self::Quantile(quantile_timeout(rest, raw)?))
            }
            _ => Ok(Self::Fixed(duration(raw, &(Duration::from_nanos(1)..=LONGEST))?)),
        }
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(match self {
            Self::Fixed(time) => written(*time),
            Self::Quantile(QuantileTimeout { quantile, factor, min, max, .. }) => {
                let [min, max] = [min, max].map(|time| written(*time));
                format!("{} x {factor} ({min}..{max})", named(*quantile))
            }
        })
    }
}

/// Reads what follows the `p` of `p99.9 x 2 (100ms..5s)`.
fn quantile_timeout(rest: &str, raw: &Raw<'_>) -> Result<QuantileTimeout, Diagnostic> {
    let wrong = || raw.is_not("a timeout");
    let (rest, bounds) = match rest.split_once('(') {
        Some((rest, bounds)) => {
            (rest, Some(bounds.trim_end().strip_suffix(')').ok_or_else(wrong)?))
        }
        None => (rest, None),
    };
    let (percent, factor) = match rest.split_once(['x', '×', '*']) {
        Some((percent, factor)) => (percent, Some(factor)),
        None => (rest, None),
    };
    let mut timeout = QuantileTimeout::new().quantile(share_of(percent, 99.99, raw)?);
    if let Some(factor) = factor {
        let factor: f64 = factor.trim().parse().map_err(|_| wrong())?;
        if !(1.0..=100.0).contains(&factor) {
            return Err(Diagnostic::new(format!("the factor {factor} is not between 1 and 100")));
        }
        timeout = timeout.factor(factor);
    }
    if let Some(bounds) = bounds {
        let (min, max) = bounds.split_once("..").ok_or_else(wrong)?;
        let read = |text: &str| amount(text.trim()).map_err(|_| wrong());
        timeout = timeout.min(read(min)?).max(read(max)?);
    }
    let QuantileTimeout { min, max, .. } = timeout;
    let [least, most] = [min, max].map(written);
    if min > max {
        return Err(Diagnostic::new(format!(
            "the minimum of {least} is more than the maximum of {most}"
        )));
    }
    if min < Duration::from_millis(1) || max > Duration::from_secs(86_400) {
        let found = format!("{least}..{most} is not between 1ms and one day");
        return Err(Diagnostic::new(found));
    }
    Ok(timeout)
}

impl Parse for Copies {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let text = raw.text().ok_or_else(|| raw.is_not("text"))?;
        Ok(copies(text.trim(), raw)?)
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        let Self::After(Hedge { after, share, .. }) = self else { return Json::from("off") };
        let after = match after {
            HedgeAfter::Quantile(share) => named(*share),
            HedgeAfter::Time(time) => written(*time),
            _ => String::new(),
        };
        Json::from(format!("{after}, {}%", percent_of(*share)))
    }
}

fn copies(text: &str, raw: &Raw<'_>) -> Result<Copies, Diagnostic> {
    let wrong = || raw.is_not("a hedge");
    let (after, share) = match text.split_once(',') {
        Some((after, share)) => (after.trim(), Some(share.trim())),
        None if text == "off" => return Ok(Copies::None),
        None => (text, None),
    };
    let mut hedge = match after.strip_prefix('p') {
        Some(percent) => Hedge::new().after_quantile(share_of(percent, 99.9, raw)?),
        None => {
            let time = amount(after).map_err(|_| wrong())?;
            if time < Duration::from_millis(1) {
                return Err(Diagnostic::new(format!("{} is too short", written(time)))
                    .expected("1ms or more"));
            }
            Hedge::new().after(time)
        }
    };
    if let Some(share) = share {
        let percent = share.strip_suffix('%').and_then(|share| share.trim_end().parse().ok());
        let percent: f64 = percent.ok_or_else(wrong)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(Diagnostic::new(format!("{percent}% is not between 0% and 100%")));
        }
        hedge = hedge.share(rounded(percent) / 100.0);
    }
    Ok(Copies::After(hedge))
}

/// Returns the share of calls that `percent` names, from 50 to `max`.
fn share_of(percent: &str, max: f64, raw: &Raw<'_>) -> Result<f64, Diagnostic> {
    let percent = percent.trim();
    let number: f64 = percent.parse().map_err(|_| raw.is_not("a quantile"))?;
    match (50.0..=max).contains(&number) {
        true => Ok((number * 1e6).round() / 1e8),
        false => Err(Diagnostic::new(format!("p{percent} is not between p50 and p{max}"))),
    }
}

fn named(share: f64) -> String {
    format!("p{}", percent_of(share))
}

fn percent_of(share: f64) -> f64 {
    rounded(share * 100.0)
}

fn rounded(percent: f64) -> f64 {
    (percent * 1e6).round() / 1e6
}
