//! The attribute `#[protected]`, on functions and methods as users have them.

use std::cell::Cell;
use std::num::ParseIntError;
use std::time::Duration;

use seawall::{ConfigSource, Error, Handle, Infrastructure, RefusalKind, protected};
use seawall_testkit::ManualClock;

const SETTINGS: &str = r#"
    [rate_limit.users]
    limit = 2
    period = "1m"

    [breaker.parser]
    failures = 2

    [protection.repeated]
    breaker = "repeated"
    attempts = 3
    idempotent = false

    [breaker.repeated]

    [protection.parse]
    rate_limit = "users"
    breaker = "parser"
    timeout = "1s"
"#;

fn infrastructure(time: &ManualClock) -> Infrastructure {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    Infrastructure::builder().config(settings).clock(time.clock()).build().expect("valid settings")
}

/// Takes what it is given by value and by reference, leaves by `?` and by `return`.
#[protected("parse", key = ("user", user), cost = 2)]
async fn parse<'t>(
    infra: &Infrastructure,
    user: u64,
    text: &'t str,
    seen: &mut Vec<String>,
    kept: String,
) -> Result<(&'t str, u32), Error<ParseIntError>> {
    seen.push(kept);
    if text.is_empty() {
        return Ok((text, 0));
    }
    let number = text.parse()?;
    std::future::ready(()).await;
    Ok((text, number))
}

#[test]
fn an_async_function_runs_under_its_protection() {
    let time = ManualClock::new();
    let infra = infrastructure(&time);
    let mut seen = Vec::new();
    time.block_on(async {
        let mut call = async |user, text| parse(&infra, user, text, &mut seen, "kept".into()).await;
        assert_eq!(call(1, "7").await.expect("admitted"), ("7", 7));
        let refused = call(1, "7").await.expect_err("no tokens left");
        let refusal = refused.refusal().expect("a refusal");
        assert_eq!(refusal.kind(), RefusalKind::RateLimited);
        assert_eq!(call(2, "").await.expect("another key"), ("", 0));
        assert!(matches!(call(3, "x").await, Err(Error::Failed(_))), "the body's own error");
    });
    assert_eq!(seen, ["kept", "kept", "kept"]);
}

struct Service {
    infra: Infrastructure,
    parse: Handle,
    limit: Duration,
}

impl Service {
    #[protected("parse", on = self.infra, key = (name,), deadline = self.limit)]
    fn by_name(&self, name: &str) -> Result<usize, Error<ParseIntError>> {
        Ok(name.len() + "1".parse::<usize>()?)
    }

    #[protected(self.parse, key = (name.as_str(),))]
    fn by_handle<T: Into<String> + Send>(
        &self,
        name: String,
        more: T,
    ) -> Result<String, Error<()>> {
        Ok(name.clone() + &more.into())
    }

    #[protected("unknown", on = self.infra)]
    async fn unknown(&self) -> Result<(), Error<ParseIntError>> {
        unreachable!("no protection has the name")
    }
}

#[test]
fn methods_run_on_their_thread_by_name_and_by_handle() {
    let time = ManualClock::new();
    let infra = infrastructure(&time);
    let parse = infra.protection("parse").expect("configured");
    let mut service = Service { infra, parse, limit: Duration::from_secs(1) };
    assert_eq!(service.by_name("abc").expect("admitted"), 4);
    assert_eq!(service.by_handle("a".to_owned(), "b").expect("admitted"), "ab");
    service.limit = Duration::ZERO;
    let refused = service.by_name("abc").expect_err("no time left");
    assert!(refused.refusal().is_some_and(|refusal| refusal.kind() == RefusalKind::Deadline));
    let unknown = time.block_on(service.unknown()).expect_err("not configured");
    assert!(unknown.to_string().contains("protection `unknown` is not configured"), "{unknown}");
}

#[test]
fn the_future_of_a_protected_function_can_be_spawned() {
    fn is_spawnable<T: Send>(future: T) -> T {
        future
    }
    let time = ManualClock::new();
    let infra = infrastructure(&time);
    let parsed = is_spawnable(async move {
        parse(&infra, 1, "7", &mut Vec::new(), String::new()).await.map(|(_, number)| number)
    });
    assert_eq!(time.block_on(parsed).expect("admitted"), 7);
}

/// Consumes what it is given, in each attempt anew; `?` leaves the attempt.
#[protected("repeated", retry)]
async fn repeated(
    infra: &Infrastructure,
    tries: &Cell<u32>,
    text: String,
    (factor, _): (u32, u8),
) -> Result<u32, Error<ParseIntError>> {
    tries.set(tries.get() + 1);
    let text = if tries.get() < 3 { text + "x" } else { text };
    let number: u32 = text.parse()?;
    std::future::ready(()).await;
    Ok(factor * number)
}

struct Parser {
    infra: Infrastructure,
    tries: Cell<u32>,
}

impl Parser {
    #[protected("repeated", on = self.infra, retry)]
    fn parse(&self, text: String) -> Result<u32, Error<ParseIntError>> {
        self.tries.set(self.tries.get() + 1);
        let text = if self.tries.get() < 2 { text + "x" } else { text };
        text.parse()
    }
}

#[test]
fn a_function_that_may_be_repeated_is() {
    let time = ManualClock::new();
    let (infra, tries) = (infrastructure(&time), Cell::new(0));
    let call = repeated(&infra, &tries, "7".to_owned(), (6, 0));
    assert_eq!(time.block_on(call).expect("the third attempt"), 42);
    assert_eq!(tries.get(), 3);
    // A thread would wait for a clock that it has to move itself.
    let settings = ConfigSource::new().toml_str(SETTINGS);
    let infra = Infrastructure::builder().config(settings).build().expect("valid settings");
    let parser = Parser { infra, tries: Cell::new(0) };
    assert_eq!(parser.parse("7".to_owned()).expect("the second attempt"), 7);
    assert_eq!(parser.tries.get(), 2);
}
