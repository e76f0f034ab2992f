use seawall_core::Driver;
use seawall_ratelimit::{RateLimiter, Rule};

use crate::support::HOUR;

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
