use seawall_core::{Driver, Encoded, KeyParts, KeySink};
use seawall_ratelimit::{Limit, RateLimiter, Rule};

use crate::support::{Bench, HOUR};

#[test]
fn tiers_are_taken_all_or_nothing_each_under_its_part_of_the_key() {
    let start = |name, limit, parts| {
        RateLimiter::start(&Rule::new(name, limit, HOUR).key_parts(parts)).expect("valid")
    };
    let tiers = (start("per_user", 3, 2), start("per_tenant", 5, 1), start("global", 7, 0));
    let driver = Driver::new();
    let check = |tenant: &str, user: &str| {
        let call = driver.protect(&tiers).key((tenant, user));
        call.acquire_blocking().map(seawall_core::Permit::success)
    };
    let refused_by = |tenant, user| check(tenant, user).unwrap_err().by().name().to_string();
    for _ in 0..3 {
        check("acme", "ann").unwrap();
    }
    assert_eq!(refused_by("acme", "ann"), "per_user");
    check("acme", "bob").unwrap();
    check("acme", "bob").unwrap();
    assert_eq!(refused_by("acme", "bob"), "per_tenant");
    assert_eq!(tiers.0.status(("acme", "bob")).remaining, 1, "the user's tier got its token back");
    check("other", "cy").unwrap();
    check("other", "cy").unwrap();
    assert_eq!(refused_by("other", "cy"), "global");
    assert_eq!(tiers.0.status(("other", "cy")).remaining, 1);
    assert_eq!(tiers.1.status(("other", "cy")).remaining, 3);
}

#[test]
fn without_any_part_of_the_key_there_is_one_count_for_all_calls_keyed_or_not() {
    let bench = Bench::new(&Rule::new("global", 3, HOUR).key_parts(0));
    let unkeyed = || bench.limiter.protect();
    assert_eq!(bench.admitted("ann", 1) + bench.admitted("bob", 1), 2);
    assert_eq!(unkeyed().peek().remaining, 1);
    bench.limiter.check(1).expect("one is left");
    for key in ["ann", "bob", "never seen"] {
        assert_eq!(bench.limiter.status(key).remaining, 0, "{key}");
    }
    bench.limiter.refund("ann", 1);
    assert_eq!((bench.limiter.exhaust("bob"), unkeyed().exhaust()), (1, 0));
    bench.limiter.reset("never seen");
    assert_eq!(unkeyed().peek().remaining, 3);
    let status = seawall_core::Backend::status(&bench.limiter, bench.time.now());
    assert_eq!(status.reading("keys"), Some(0), "none is kept");
}

#[test]
fn where_no_key_is_counted_none_can_have_a_limit_of_its_own() {
    let bench = Bench::new(&Rule::new("global", 3, HOUR).key_parts(0));
    let said = bench.limiter.set_limit_of("ann", Limit::new(9, HOUR)).expect_err("not counted");
    assert_eq!(
        said.to_string(),
        "rate limit `global`: `key_parts` is 0, so no key has a count that could have its own limit"
    );
    bench.limiter.clear_limit_of("ann");
    assert_eq!(bench.limiter.status("ann").limit, 3);
}

#[test]
fn a_tenant_is_named_by_the_first_part_of_the_keys() {
    let bench = Bench::new(&Rule::new("per_tenant", 10, HOUR).key_parts(1));
    let limiter = &bench.limiter;
    limiter.check_rate(("acme", "ann"), 4).expect("ten are left");
    for (written, status) in
        [("text", limiter.status("acme")), ("tuple", limiter.status(("acme",)))]
    {
        assert_eq!(status.remaining, 6, "{written}");
    }
    assert_eq!(limiter.exhaust("acme"), 6);
    limiter.check_rate(("acme", "bob"), 1).expect_err("none is left");
    limiter.reset("acme");
    assert_eq!(limiter.status(("acme", "bob")).remaining, 10);
    limiter.set_limit_of("acme", Limit::new(100, HOUR)).expect("valid");
    assert_eq!(limiter.status(("acme", "ann")).limit, 100);
    limiter.clear_limit_of(["acme"]);
    assert_eq!(limiter.status(("acme", "ann")).limit, 10);
    assert_eq!(limiter.status("other").remaining, 10);
}

/// A user as services write one.
struct UserId(u64);

impl KeyParts for UserId {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        ("user", self.0).encode(sink)
    }
}

#[test]
fn a_key_of_ones_own_type_is_one_part() {
    let bench = Bench::new(&Rule::new("per_user", 3, HOUR).key_parts(1));
    assert_eq!(bench.limiter.exhaust(UserId(1)), 3);
    assert_eq!(bench.limiter.status(UserId(2)).remaining, 3);
    assert_eq!(bench.limiter.status((UserId(1), "api")).remaining, 0);
    assert_eq!(bench.limiter.status((UserId(2), "api")).remaining, 3);
}
