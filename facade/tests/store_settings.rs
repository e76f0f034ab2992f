//! Stores in settings: what is reported of wrong ones, what a plan and a difference say, and that no output has
//! a password.

use seawall::settings::PlanDiff;
use seawall::{ConfigSource, Infrastructure, Plan, Statuses};

const STORE: &str =
    "[store.main]\nbackend = 'redis'\nurl = 'redis://seawall:sesame@redis.internal'\n";
const DATABASE: &str =
    "[store.main]\nbackend = 'postgres'\nurl = 'postgres://seawall:sesame@db.internal/shop'\n";
const LIMIT: &str = "[rate_limit.l]\nlimit = '10/s'\nstore = 'main'\n";
const SHORT: &str =
    "[rate_limit.l]\nlimit = '10/s'\nurl = 'redis://redis.internal'\nbackend = 'redis'\n";

fn source(settings: &[&str]) -> ConfigSource {
    ConfigSource::new().toml_str(settings.concat())
}

fn plan_of(source: ConfigSource) -> Result<Plan, String> {
    let plan = Infrastructure::builder().config(source).plan();
    plan.map_err(|error| {
        assert!(!format!("{error:?}").contains("sesame"), "{error:?}");
        error.to_string().replace("inline TOML:", "")
    })
}

fn plan(settings: &[&str]) -> Plan {
    plan_of(source(settings)).expect("valid settings")
}

/// Returns the problems of wrong settings.
fn problems(settings: &[&str]) -> Vec<String> {
    let report = plan_of(source(settings)).map(drop).expect_err(&settings.concat());
    report.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_would_be_right() {
    let main = |more: &str| format!("[store.main]\n{more}\n");
    for (settings, expected) in [
        (
            vec![LIMIT],
            "3: rate_limit.l.store: no store named `main` is configured; expected the name of a store",
        ),
        (
            vec![STORE, "[rate_limit.l]\nlimit = '10/s'\nstore = 'mian'\n"],
            "6: rate_limit.l.store: no store named `mian` is configured; expected main; did you mean `main`?",
        ),
        (
            vec![STORE, LIMIT, "url = 'redis://redis.internal'\n"],
            "7: rate_limit.l.url: `store` is set as well; expected one of the two",
        ),
        (
            vec!["[rate_limit.l]\nlimit = '10/s'\nbackend = 'redis'\n"],
            "1: rate_limit.l.store: missing; expected the name of a store, or `url` with the server",
        ),
        (
            vec![STORE, LIMIT, "backend = 'postgres'\n"],
            "6: rate_limit.l.store: the store `main` is of the backend `redis`, not `postgres`; expected `backend = \"redis\"`, or none, or another store",
        ),
        (
            vec![STORE, LIMIT, "backend = 'native'\n"],
            "6: rate_limit.l.store: the backend `native` does not have this; expected `backend = \"redis\"` or `backend = \"postgres\"`",
        ),
        (
            vec![&main("url = 'redis://redis.internal'"), LIMIT],
            "1: store.main.backend: missing; expected one of redis, postgres",
        ),
        (
            vec![&main("backend = 'reddis'\nurl = 'redis://redis.internal'"), LIMIT],
            "2: store.main.backend: \"reddis\" is not known; expected one of redis, postgres; did you mean `redis`?",
        ),
        (
            vec![&main("backend = 'redis'"), LIMIT],
            "1: store.main.url: missing; expected text, or a list of texts",
        ),
        (
            vec![&main("backend = 'redis'\nurl = 'postgres://ann:sesame@db'"), LIMIT],
            "3: store.main.url: not a URL of Redis: Redis URL did not parse; expected one like redis://user:password@host:6379/0; expected `backend = \"postgres\"` for this URL",
        ),
        (
            vec![&main("backend = 'postgres'\nurl = 'redis://ann:sesame@db'"), LIMIT],
            "`backend = \"redis\"` for this URL",
        ),
        (
            vec![&main("backend = 'redis'\nurl = ['redis://a', 'redis://b']"), LIMIT],
            "3: store.main.url: there are several servers; expected one, or `cluster = true`, or `sentinel = \"NAME\"` with the name of the primary",
        ),
        (
            vec![
                &main("backend = 'redis'\nurl = 'redis://a'\ncluster = true\nsentinel = 'x'"),
                LIMIT,
            ],
            "5: store.main.sentinel: `cluster` is set as well; expected one of the two",
        ),
        (
            vec![&main("backend = 'redis'\nurl = 'redis://a'\nuser = 'ann'"), LIMIT],
            "4: store.main.user: it does nothing by itself; expected `password` with it",
        ),
        (
            vec![&main("backend = 'redis'\nurl = 'redis://a'\nconnections = 4"), LIMIT],
            "4: store.main.connections: unknown key",
        ),
        (
            vec!["[defaults.store]\ntimeot = '1s'\n", STORE, LIMIT],
            "2: defaults.store.timeot: unknown key; did you mean `timeout`?",
        ),
        (
            vec![STORE, "[protection.p]\nstore = 'main'\n", LIMIT],
            "5: protection.p.store: unknown key",
        ),
    ] {
        let found = problems(&settings);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].contains(expected), "{}\n{expected}", found[0]);
    }
}

#[test]
fn a_store_that_nothing_is_kept_in_is_a_warning() {
    let warnings = |settings: &[&str]| {
        let warnings =
            plan(settings).warnings().iter().map(ToString::to_string).collect::<Vec<_>>();
        warnings.join("\n")
    };
    assert_eq!(
        warnings(&[STORE]),
        "inline TOML:1: store.main: nothing is kept in this store; expected `store = \"main\"` in a rate \
         limit or a bulkhead, or no such table"
    );
    assert_eq!(warnings(&[STORE, LIMIT]), "");
    assert_eq!(warnings(&[DATABASE, "[bulkhead.b]\nstore = 'main'\n"]), "");
}

#[test]
fn a_component_has_the_backend_of_its_store() {
    for (store, backend) in [(STORE, "redis"), (DATABASE, "postgres")] {
        let plan = plan(&[store, LIMIT, "[bulkhead.b]\nstore = 'main'\n"]);
        assert!(plan.components().all(|one| one.backend() == backend), "{plan}");
        assert_eq!(plan.components().count(), 2);
    }
}

#[test]
fn values_for_all_components_stand_under_their_own() {
    let all =
        "[defaults.rate_limit]\nstore = 'main'\nlimit = '5/s'\n[defaults.store]\ntimeout = '2s'\n";
    let local = "[rate_limit.local]\nbackend = 'native'\n";
    let plan = plan(&[all, STORE, local, "[rate_limit.kept]\n", &SHORT.replace("l]", "short]")]);
    let backends: Vec<_> = plan.components().map(|one| (one.name(), one.backend())).collect();
    assert_eq!(backends, [("kept", "redis"), ("local", "native"), ("short", "redis")]);
    assert!(plan.to_string().contains("timeout = \"2s\""), "{plan}");
}

#[test]
fn variables_set_what_files_should_not_have() {
    let settings = STORE.replace(":sesame", "");
    let variables =
        [("SEAWALL_STORE__MAIN__PASSWORD", "sesame2"), ("SEAWALL_STORE__MAIN__USER", "ann")];
    let plan = plan_of(source(&[&settings, LIMIT]).environment_from(variables)).expect("valid");
    let text = plan.to_string();
    assert!(
        text.contains("password = (hidden) (environment SEAWALL_STORE__MAIN__PASSWORD)"),
        "{text}"
    );
    assert!(text.contains("user = \"ann\" (environment SEAWALL_STORE__MAIN__USER)"), "{text}");
    assert!(!text.contains("sesame"), "{text}");
    assert!(text.contains("key_secret = none"), "what is not set is not hidden: {text}");
    let cluster = [
        ("SEAWALL_STORE__MAIN__URL", "redis://a.internal, redis://b.internal"),
        ("SEAWALL_STORE__MAIN__CLUSTER", "true"),
    ];
    plan_of(source(&[&settings, LIMIT]).environment_from(cluster)).expect("a list of servers");
}

#[test]
fn a_change_of_the_login_keeps_what_a_change_of_the_server_starts_anew() {
    let limit = |store: &str| plan(&[store, LIMIT]);
    let old = limit(STORE);
    let difference = |store: &str| PlanDiff::between(&old, &limit(store)).to_string();
    let login = difference(&STORE.replace("sesame", "sesame2"));
    assert!(login.contains("store `main`: changed, keeps its state"), "{login}");
    assert!(login.contains("rate limit `l`: changed, keeps its state"), "{login}");
    assert!(login.contains("url: (hidden) → (hidden)") && !login.contains("sesame"), "{login}");
    let times = difference(&format!("{STORE}timeout = '1s'\n"));
    assert!(times.contains("timeout: \"500ms\" → \"1s\""), "{times}");
    let server = difference(&STORE.replace("redis.internal", "other.internal"));
    assert!(
        server.contains("store `main`: started anew, loses its state: it is elsewhere"),
        "{server}"
    );
    assert!(
        server.contains("rate limit `l`: started anew, loses its state: in another store"),
        "{server}"
    );
    let kind = difference(DATABASE);
    assert!(
        kind.contains("rate limit `l`: started anew, loses its state: it has another backend"),
        "{kind}"
    );
    let secret = difference(&format!("{STORE}key_secret = 'pepper'\n"));
    assert!(secret.contains("by another `key_secret`, its keys are others"), "{secret}");
    assert!(!secret.contains("pepper"), "{secret}");
}

#[test]
fn the_password_is_in_no_output() {
    let builder = Infrastructure::builder().config(source(&[
        STORE,
        "key_secret = 'pepper'\n",
        LIMIT,
        "[bulkhead.b]\nstore = 'main'\n",
    ]));
    let plan = builder.plan().expect("valid settings");
    let json = serde_json::to_string(&plan).expect("it serialises");
    let infra = builder.build().expect("valid settings");
    let output = format!(
        "{plan}{plan:?}{json}{infra:?}{:?}{:?}{}{:?}",
        infra.components(),
        infra.statuses(),
        infra.health(),
        infra.versions(),
    );
    assert!(output.contains("url = (hidden)") && output.contains("store `main`"), "{output}");
    for secret in ["sesame", "pepper"] {
        assert!(!output.contains(secret), "{output}");
    }
}
