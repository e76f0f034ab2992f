//! Manual control over a real socket: who may do what, and what comes of it.

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use seawall_status::Controls;
use serde_json::{Value, json};

mod common;

use self::common::{Service, page, second};

const SETTINGS: &str = "[breaker.payments]\nconsecutive_failures = 2\n[bulkhead.b]\nmax_concurrent = 1\n\
                        [protection.charge]\nbreaker = \"payments\"";

fn controls() -> Controls {
    Controls::new(|request| {
        let user = request.headers.get("x-user")?.to_str().ok()?;
        (user != "eve").then(|| user.to_owned())
    })
}

async fn service() -> Service {
    let (time, infra, page) = page(SETTINGS);
    let page = page.controls(controls());
    let router = page.router();
    Service::serve(time, infra, &page, router).await
}

impl Service {
    async fn token(&self, user: &str) -> Value {
        let url = format!("{}/controls", self.url);
        let answer = Client::new().get(url).header("x-user", user).send().await.expect("an answer");
        answer.json::<Value>().await.expect("JSON")["token"].clone()
    }

    /// A request that may do it, by `ann`.
    async fn request(&self, body: &Value) -> RequestBuilder {
        let token = self.token("ann").await;
        let url = format!("{}/control", self.url);
        let request = Client::new().request(Method::POST, url).json(body).header("x-user", "ann");
        let request = request.header("origin", &self.url).header("sec-fetch-site", "same-origin");
        request.header("x-seawall-token", token.as_str().expect("a token"))
    }

    async fn ask(&self, body: &Value) -> (StatusCode, Value) {
        answer(self.request(body).await).await
    }

    fn state(&self) -> &'static str {
        let components = self.infra.components();
        components
            .iter()
            .find(|it| it.layer.name().as_str() == "payments")
            .expect("it is there")
            .state
    }
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.json().await.unwrap_or_default())
}

fn force_open() -> Value {
    json!({
        "action": "force_open", "component": "circuit_breaker", "name": "payments",
        "reason": "the bank is down", "expires_after_seconds": 900,
    })
}

#[tokio::test]
async fn what_an_operator_does_has_a_name_a_reason_and_an_end() {
    let service = service().await;
    assert_eq!(service.ask(&force_open()).await, (StatusCode::OK, json!({"done": true})));
    assert_eq!(service.state(), "forced_open");
    service.time.advance(second());
    let status = service.status().await;
    let breaker = &status["components"][0];
    assert_eq!(
        breaker["control"],
        json!([{
            "action": "force_open", "limit": null, "by": "ann", "reason": "the bank is down",
            "expires_in_seconds": 899.0, "of_key": false,
        }])
    );
    let texts: Vec<_> =
        status["events"].as_array().expect("a list").iter().map(|it| &it["text"]).collect();
    assert!(
        texts.contains(&&json!("force_open by ann, for 15 min: the bank is down")),
        "{texts:?}"
    );

    let mut body = force_open();
    body["action"] = "release".into();
    assert_eq!(service.ask(&body).await.0, StatusCode::OK);
    assert_eq!(service.state(), "closed");
    body["action"] = "force_closed".into();
    body["expires_after_seconds"] = Value::Null;
    assert_eq!(service.ask(&body).await.0, StatusCode::OK);
    assert_eq!(service.state(), "disabled");
    body["action"] = "reset".into();
    assert_eq!(service.ask(&body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn settings_are_reloaded_and_rolled_back_in_the_operators_name() {
    let service = service().await;
    let more =
        seawall::ConfigSource::new().toml_str("[breaker.payments]\nconsecutive_failures = 9");
    let _applied = service.infra.change(&more).expect("valid");
    let body = json!({"action": "roll_back", "version": 1, "reason": "nine is too many"});
    assert_eq!(service.ask(&body).await.0, StatusCode::OK);
    assert_eq!(service.infra.version().number(), 3);
    let (code, body) =
        service.ask(&json!({"action": "roll_back", "version": 77, "reason": "why"})).await;
    assert_eq!(code, StatusCode::CONFLICT);
    assert!(body["error"].as_str().is_some_and(|error| error.contains("77")), "{body}");
    assert_eq!(service.ask(&json!({"action": "reload", "reason": "try"})).await.0, StatusCode::OK);
    service.time.advance(second());
    let events = service.status().await["events"].to_string();
    assert!(events.contains("by ann: nine is too many") && events.contains(": try"), "{events}");
}

#[tokio::test]
async fn requests_of_others_change_nothing() {
    let service = service().await;
    let (url, token, own) =
        (format!("{}/control", service.url), service.token("ann").await, &service.url);
    let token = token.as_str().expect("a token");
    let post = |headers: &[(&'static str, &str)]| {
        let request = Client::new().post(&url).json(&force_open());
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    let (ann, origin, secret) = (("x-user", "ann"), ("origin", &**own), ("x-seawall-token", token));
    let zeros = "0".repeat(32);
    let refused: [(&str, &[_]); 9] = [
        ("no user at all", &[origin, secret]),
        ("not an operator", &[("x-user", "eve"), origin, secret]),
        ("no token", &[ann, origin]),
        ("another token", &[ann, origin, ("x-seawall-token", &zeros)]),
        ("the token of another operator", &[("x-user", "bob"), origin, secret]),
        ("no origin", &[ann, secret]),
        ("another origin", &[ann, ("origin", "http://evil.example"), secret]),
        (
            "a name that leads here",
            &[ann, ("host", "evil.example"), ("origin", "http://evil.example"), secret],
        ),
        ("a request from another site", &[ann, origin, secret, ("sec-fetch-site", "cross-site")]),
    ];
    for (what, headers) in refused {
        assert_eq!(answer(post(headers)).await.0, StatusCode::FORBIDDEN, "{what}");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = Client::new().request(method.clone(), &url).header("x-user", "ann");
        assert_eq!(answer(request).await.0, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let form = Client::new().post(&url).body(force_open().to_string());
    let form = [ann, origin, secret, ("content-type", "text/plain")]
        .iter()
        .fold(form, |form, (name, value)| form.header(*name, *value));
    assert_eq!(answer(form).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "a form of another site");
    assert_eq!(service.state(), "closed");
    assert_eq!(answer(post(&[ann, origin, secret])).await.0, StatusCode::OK, "all of it together");
}

#[tokio::test]
async fn senseless_requests_say_what_is_wrong() {
    let service = service().await;
    let cases = [
        ("reason", json!("  "), "`reason` has to be there, of 300 bytes at most"),
        ("name", Value::Null, "`name` is missing"),
        ("component", json!("fuse"), "there is no kind of component `fuse`"),
        ("expires_after_seconds", json!(0), "`expires_after_seconds` has to be at least 1"),
    ];
    for (field, value, error) in cases {
        let mut body = force_open();
        body[field] = value;
        assert_eq!(service.ask(&body).await, (StatusCode::BAD_REQUEST, json!({"error": error})));
    }
    let mut body = force_open();
    body.as_object_mut().expect("an object").remove("expires_after_seconds");
    assert_eq!(service.ask(&body).await.1["error"], "`expires_after_seconds` is missing");
    body["typo"] = json!(1);
    assert!(
        service.ask(&body).await.1["error"].as_str().is_some_and(|error| error.contains("typo"))
    );
    let mut body = force_open();
    body["name"] = json!("payment");
    let (code, answer) = service.ask(&body).await;
    assert_eq!(code, StatusCode::CONFLICT);
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("payments")), "{answer}");
    let long = json!({"action": "reload", "reason": "x".repeat(20_000)});
    assert_eq!(service.ask(&long).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(service.state(), "closed");
}

#[tokio::test]
async fn without_controls_there_are_none() {
    let service = Service::start(SETTINGS).await;
    let request = Client::new().get(format!("{}/controls", service.url));
    assert_eq!(answer(request).await.0, StatusCode::NOT_FOUND);
    let request = Client::new().post(format!("{}/control", service.url)).json(&force_open());
    assert_eq!(answer(request).await.0, StatusCode::NOT_FOUND);
}
