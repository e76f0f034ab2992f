use seawall_core::Topic;
use seawall_ratelimit::Rule;

use crate::support::{Bench, HOUR};

#[test]
fn what_is_allowed_and_denied_is_told_with_the_rule() {
    let (bench, recorder) = Bench::observed(&Rule::new("api", 1, HOUR));
    bench.limiter.check_rate("ann", 1).unwrap();
    bench.limiter.check_rate("ann", 1).unwrap_err();
    bench.limiter.check(1).unwrap();
    assert_eq!(recorder.count(Topic::RequestAllowed), 2);
    assert_eq!(recorder.count(Topic::RequestDenied), 1);
}

#[test]
fn the_books_are_the_same_with_and_without_listeners() {
    let rule = Rule::new("api", 2, HOUR);
    let (watched, _recorder) = Bench::observed(&rule);
    let alone = Bench::new(&rule);
    for bench in [&watched, &alone] {
        assert_eq!(bench.admitted("key", 5), 2);
        _ = bench.limiter.reserve("other", 1);
    }
    let books = |bench: &Bench| seawall_core::Backend::status(&bench.limiter, bench.time.now());
    assert_eq!(books(&watched), books(&alone));
    assert_eq!(books(&alone).reading("admitted"), Some(3));
    assert_eq!(books(&alone).reading("unused"), Some(1));
}
