use crate::breaker::Subject;
use crate::breaker::script::assert_no_effect;

pub(in crate::breaker) fn same_options_change_nothing(subject: &Subject<'_>) {
    assert_no_effect(subject, "with and without setting the same options", |fixture| {
        fixture.reconfigure(&fixture.setup);
    });
}
