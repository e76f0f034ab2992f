//! A layer that a call passes twice: refused where the protection is built, and named in the refusal
//! where calls are nested.

mod stack;

use std::convert::Infallible;
use std::sync::Arc;

use seawall_core::{Component, Dynamic, RefusalKind, Topic, Verdict};
use seawall_testkit::{Answer, Scripted};

use stack::Stack;

#[test]
fn a_list_with_a_layer_twice_is_an_error() {
    let breaker = Arc::new(Scripted::new(Component::CircuitBreaker, "orders"));
    let same_name = Arc::new(Scripted::new(Component::CircuitBreaker, "orders"));
    for other in [Arc::clone(&breaker), same_name] {
        let error = Dynamic::new("place_order", vec![Arc::clone(&breaker) as _, other]);
        assert_eq!(
            error.expect_err("twice").to_string(),
            "the protection names circuit breaker `orders` twice; a call can pass each layer only once"
        );
    }
    let limiter = Arc::new(Scripted::new(Component::RateLimiter, "orders"));
    Dynamic::new("place_order", vec![breaker as _, limiter]).expect("another kind");
}

#[test]
fn a_refusal_by_a_layer_that_the_outer_call_holds_says_so() {
    let stack = Stack::new();
    let inner = || stack.driver.protect(&stack.breaker).run(async || Ok::<(), Infallible>(()));
    stack.breaker.then(Answer::Go).then(Answer::Refuse(RefusalKind::CircuitHalfOpen));
    let outer = stack.driver.protect(&stack.breaker).run_nested(inner);
    let error = stack.time.block_on(outer).expect_err("the inner call is refused");
    let refusal = error.refusal().expect("refused");
    assert!(refusal.is_nested());
    assert_eq!(
        refusal.to_string(),
        "circuit breaker `breaker` is half-open and all its probe calls are in flight; this call, or \
         one around it, already holds circuit breaker `breaker`"
    );
    assert_eq!(stack.breaker.counts().ended(Verdict::Ignored), 1);

    stack.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
    let outer = stack.driver.protect(&stack.bulkhead).run_nested(inner);
    let error = stack.time.block_on(outer).expect_err("the inner call is refused");
    assert!(!error.refusal().expect("refused").is_nested(), "another layer");
}

#[test]
fn a_refusal_by_a_layer_that_stands_twice_in_a_tuple_says_so() {
    let stack = Stack::new();
    let twice = (&stack.bulkhead, &stack.limiter, &stack.bulkhead);
    for observed in [true, false] {
        stack.bulkhead.then(Answer::Go).then(Answer::Refuse(RefusalKind::BulkheadFull));
        let unobserved = seawall_core::Driver::new();
        let driver = if observed { &stack.driver } else { &unobserved };
        let refused = driver.protect(&twice).run_blocking(|| Ok::<(), Infallible>(()));
        assert!(refused.expect_err("full").refusal().expect("refused").is_nested());
    }
    assert_eq!((stack.bulkhead.counts().in_flight(), stack.limiter.counts().in_flight()), (0, 0));
    assert_eq!(stack.recorder.count(Topic::BulkheadRejected), 1, "by the driver that is observed");
}
