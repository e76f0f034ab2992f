//! A value in place of a refusal: of any layer, async and blocking, and of nothing but a refusal.

mod stack;

use std::convert::Infallible;
use std::time::Duration;

use seawall_core::{Error, Refusal, RefusalKind, Topic, Verdict};
use seawall_testkit::Answer;

use stack::Stack;

const MS: Duration = Duration::from_millis(1);

impl Stack {
    /// What comes of `result` or of a refusal, run in one way and in the other.
    fn run(
        &self,
        result: Result<&'static str, &'static str>,
        refused: impl Fn(&Refusal) -> String,
    ) -> [Result<String, Error<&'static str>>; 2] {
        let layers = (&self.limiter, &self.bulkhead, &self.breaker);
        let call = || self.driver.protect(&layers);
        let result = result.map(str::to_owned);
        [
            self.time.block_on(call().run_or(async || result.clone(), &refused)),
            call().run_blocking_or(|| result.clone(), &refused),
        ]
    }
}

#[test]
fn it_stands_in_for_what_any_layer_refuses_and_the_refusal_is_emitted() {
    let stage = Stack::new();
    for (layer, kind, told) in [
        (&stage.limiter, RefusalKind::RateLimited, Topic::RequestDenied),
        (&stage.bulkhead, RefusalKind::PoolFull, Topic::BulkheadRejected),
        (&stage.breaker, RefusalKind::CircuitOpen, Topic::BreakerRejected),
    ] {
        layer.then(Answer::Refuse(kind)).then(Answer::Refuse(kind));
        for result in stage.run(Err("it ran"), |refusal| refusal.kind().to_string()) {
            assert_eq!(result.expect("a value"), kind.as_str());
        }
        assert_eq!(stage.recorder.count(told), 2);
    }
    assert_eq!(stage.limiter.counts().ended(Verdict::Unused), 4, "given back by two refusals");
}

#[test]
fn what_ran_is_what_came_of_it() {
    let stage = Stack::new();
    let nobody = |refusal: &Refusal| panic!("{refusal}");
    for result in stage.run(Ok("mine"), nobody) {
        assert_eq!(result.expect("it ran"), "mine");
    }
    for result in stage.run(Err("down"), nobody) {
        assert_eq!(result.expect_err("it ran").into_failed(), Some("down"));
    }
    let call = stage.driver.protect(&stage.breaker).timeout(MS);
    let never = std::future::pending::<Result<String, Infallible>>;
    let cut = stage.time.block_on(call.run_or(never, nobody));
    assert!(cut.expect_err("it was cut").is_timed_out());
}

#[test]
fn a_call_with_one_can_be_spawned() {
    fn spawnable<T: Send>(future: T) -> T {
        future
    }
    let stage = Stack::new();
    stage.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
    let call = stage.driver.protect(&stage.breaker);
    let call = spawnable(call.run_or(async || Ok::<_, Infallible>(7), |_| 0));
    assert_eq!(stage.time.block_on(call).expect("a value"), 0);
}
