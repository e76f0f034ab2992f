use super::Table;
use crate::config::Diagnostic;

/// A setting that does nothing without one of others.
pub(crate) type Needs = (&'static str, &'static [&'static str]);

impl Table<'_> {
    /// Returns what is wrong with settings that do nothing here, since none of those that they need is
    /// set. A value for all components of a kind may be meant for others.
    pub(crate) fn idle(
        &self,
        needs: impl IntoIterator<Item = Needs>,
    ) -> Vec<(&'static str, Diagnostic)> {
        let is_idle = |(key, needs): &Needs| {
            self.is_set(key)
                && !self.is_default_of_component(key)
                && !needs.iter().any(|need| self.is_set(need))
        };
        let problem = |(key, needs): Needs| {
            let expected = format!("{} with it", needs.join(" or "));
            (key, Diagnostic::new("it does nothing by itself").expected(expected))
        };
        needs.into_iter().filter(is_idle).map(problem).collect()
    }
}
