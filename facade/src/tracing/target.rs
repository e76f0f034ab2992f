use seawall_core::Topic;

/// Returns the target of the events of `topic`: its name with `::` for the dots.
pub(super) const fn target(topic: Topic) -> &'static str {
    match topic {
        Topic::BreakerExecuted => "seawall::circuit_breaker::call_executed",
        Topic::BreakerRejected => "seawall::circuit_breaker::call_rejected",
        Topic::BreakerChanged => "seawall::circuit_breaker::state_change",
        Topic::AlarmRaised => "seawall::circuit_breaker::alarm_raised",
        Topic::AlarmCleared => "seawall::circuit_breaker::alarm_cleared",
        Topic::RequestAllowed => "seawall::rate_limiter::request_allowed",
        Topic::RequestDenied => "seawall::rate_limiter::request_denied",
        Topic::BulkheadExecuted => "seawall::bulkhead::call_executed",
        Topic::BulkheadRejected => "seawall::bulkhead::call_rejected",
        Topic::BulkheadWaited => "seawall::bulkhead::call_waited",
        Topic::TransactionExecuted => "seawall::connection_pool::transaction_executed",
        Topic::CheckoutTimeout => "seawall::connection_pool::checkout_timeout",
        Topic::PoolFull => "seawall::connection_pool::pool_full",
        Topic::ResourceUnavailable => "seawall::connection_pool::resource_unavailable",
        Topic::CheckoutRejected => "seawall::connection_pool::checkout_rejected",
        Topic::CheckoutSlow => "seawall::connection_pool::checkout_slow",
        Topic::ResourceLeaked => "seawall::connection_pool::resource_leaked",
        Topic::ChecksFailing => "seawall::connection_pool::checks_failing",
        Topic::ProtectionExecuted => "seawall::protection::call_executed",
        Topic::ProtectionRejected => "seawall::protection::call_rejected",
        Topic::ProtectionTimedOut => "seawall::protection::call_timed_out",
        Topic::AttemptExecuted => "seawall::protection::attempt_executed",
        Topic::AttemptRejected => "seawall::protection::attempt_rejected",
        Topic::Retry => "seawall::protection::retry",
        Topic::RetryExhausted => "seawall::protection::retry_exhausted",
        Topic::BudgetExhausted => "seawall::protection::budget_exhausted",
        Topic::RetrySkipped => "seawall::protection::retry_skipped",
        Topic::Hedge => "seawall::protection::hedge",
        Topic::HedgeWon => "seawall::protection::hedge_won",
        Topic::Fallback => "seawall::protection::fallback",
        Topic::StaleAnswer => "seawall::coalescer::stale_answer",
        Topic::ComponentStarted => "seawall::infrastructure::component_started",
        Topic::ComponentDegraded => "seawall::infrastructure::component_degraded",
        Topic::ComponentRecovered => "seawall::infrastructure::component_recovered",
        Topic::ControlChanged => "seawall::infrastructure::control_changed",
        Topic::ComponentReplaced => "seawall::infrastructure::component_replaced",
        Topic::ComponentRemoved => "seawall::infrastructure::component_removed",
        Topic::ConfigReloaded => "seawall::infrastructure::config_reloaded",
        Topic::ConfigRejected => "seawall::infrastructure::config_rejected",
        Topic::BackgroundFailed => "seawall::infrastructure::background_failed",
        Topic::BackgroundRestarted => "seawall::infrastructure::background_restarted",
        Topic::ConfigWarning => "seawall::infrastructure::config_warning",
        Topic::StoreWarning => "seawall::infrastructure::store_warning",
        _ => "seawall",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_of_a_topic_is_its_name() {
        for (topic, ..) in Topic::ALL {
            assert_eq!(target(*topic), topic.to_string().replace('.', "::"));
        }
    }
}
