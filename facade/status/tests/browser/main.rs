//! The page in Chromium: what people see, click and hear. `.ci/browser` installs what it needs and runs it.

use seawall_status::Controls;
use serde_json::json;

#[path = "../common/mod.rs"]
mod common;
mod driver;
mod screenshots;

use self::common::{HOSTILE, Service, page, second};
use self::driver::Browser;

const SETTINGS: &str = r#"
    [breaker.payments]
    consecutive_failures = 2
    [bulkhead.mails]
    max_concurrent = 2
    [protection.charge]
    breaker = "payments"
    timeout = "1s"
    [protection.send_mail]
    bulkhead = "mails"
"#;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

/// A service at work, its page in a browser.
async fn start() -> (Service, Browser) {
    let (time, infra, page) = page(SETTINGS);
    let page = page.controls(Controls::new(|_| Some("ann".to_owned())));
    let router = axum::Router::new().nest_service("/ops/status", page.router());
    let service = Service::serve(time, infra, &page, router).await;
    tokio::spawn(service.infra.run());
    let browser = Browser::start().await;
    browser.open(&format!("{}/ops/status", service.url)).await;
    browser.wait_for("document.querySelectorAll('article').length === 4").await;
    // Until it is live, what happens is not seen at once.
    browser.wait_for("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/controls'))").await;
    (service, browser)
}

fn fail(service: &Service, protection: &str, times: usize) {
    let protection = service.infra.protection(protection).expect("it is configured");
    (0..times).for_each(|_| _ = protection.call().run_blocking(|| Err::<(), _>(())));
}

/// Lets time pass until the page has seen it.
async fn pass(service: &Service, browser: &Browser, expression: &str) {
    let pass = async {
        while browser.value(expression).await != json!(true) {
            service.time.advance(second());
        }
    };
    let passed = tokio::time::timeout(std::time::Duration::from_secs(30), pass).await;
    assert!(passed.is_ok(), "never true: {expression}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Chromium: `.ci/browser` installs it and runs this"]
async fn the_page_follows_what_happens_and_keeps_what_is_open() {
    let (service, browser) = start().await;
    assert_eq!(browser.text("#summary").await, "All is well.");
    browser.click("[data-key='protection:charge'] details[data-key=windows] summary").await;
    browser
        .value("document.querySelector(\"[data-key='protection:charge'] summary\").focus()")
        .await;

    fail(&service, "charge", 4);
    pass(
        &service,
        &browser,
        "document.querySelector('#protections article').classList.contains('refusing')",
    )
    .await;
    let first = browser.text("#protections article").await;
    assert!(first.contains("charge") && first.contains("✕ refusing"), "{first}");
    assert!(first.contains("circuit breaker `payments` is open: consecutive failures"), "{first}");
    assert_eq!(browser.text("#summary").await, "protections: 1 refusing; components: 1 refusing");
    assert_eq!(browser.value("document.title").await, "✕ the shop");
    let is_open =
        "document.querySelector(\"[data-key='protection:charge'] details[data-key=windows]\").open";
    assert_eq!(browser.value(is_open).await, true);
    let focus = "document.activeElement.closest('article').dataset.key";
    assert_eq!(browser.value(focus).await, "protection:charge");
    let events = browser.text("#events").await;
    assert!(events.contains("closed → open: consecutive failures"), "{events}");
    browser.wait_for("document.querySelector('#connection').textContent === 'live'").await;
    assert_eq!(browser.complaints().await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Chromium: `.ci/browser` installs it and runs this"]
async fn filters_leave_out_what_does_not_match() {
    let (service, browser) = start().await;
    fail(&service, "charge", 2);
    pass(&service, &browser, "document.querySelector('.card.refusing') !== null").await;
    let names = "[...document.querySelectorAll('article .name')].map((name) => name.textContent)";
    assert_eq!(browser.value(names).await, json!(["charge", "send_mail", "payments", "mails"]));
    browser.click("#words").await;
    browser.press("MAIL").await;
    assert_eq!(browser.value(names).await, json!(["send_mail", "mails"]));
    assert_eq!(browser.text("#matches").await, "1 of 2 protections, 1 of 2 components");
    browser.value("document.querySelector('#words').value = ''").await;
    browser.click("#trouble").await;
    assert_eq!(browser.value(names).await, json!(["charge", "payments"]));
    browser.press(" ").await;
    assert_eq!(browser.value(names).await, json!(["charge", "send_mail", "payments", "mails"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Chromium: `.ci/browser` installs it and runs this"]
async fn an_operator_controls_a_circuit_by_keyboard() {
    let (service, browser) = start().await;
    let button = "[data-key='circuit_breaker:payments'] button.control";
    browser.value(&format!("document.querySelector(\"{button}\").focus()")).await;
    browser.press(ENTER).await;
    browser.wait_for("document.querySelector('#dialog').open").await;
    assert_eq!(browser.text("#dialog-title").await, "Control circuit breaker payments");
    browser.press(ESCAPE).await;
    browser.wait_for("!document.querySelector('#dialog').open").await;
    let focus = "document.activeElement.className";
    assert_eq!(browser.value(focus).await, "control", "the focus is back");

    browser.press(ENTER).await;
    // The action that is chosen, the expiry, the reason.
    browser.press(&format!("{TAB}{TAB}<b>the bank</b>{ENTER}")).await;
    browser.wait_for("!document.querySelector('#dialog').open").await;
    pass(&service, &browser, "document.querySelector('#components .card .reason') !== null").await;
    let first = browser.text("#components article").await;
    assert!(first.contains("force open by ann, for another 15 min: <b>the bank</b>"), "{first}");
    let states: Vec<_> = service.infra.components().iter().map(|status| status.state).collect();
    assert!(states.contains(&"forced_open"), "{states:?}");
    assert_eq!(browser.complaints().await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Chromium: `.ci/browser` installs it and runs this"]
async fn a_control_that_is_refused_says_why() {
    let (service, browser) = start().await;
    browser.click("#settings button.control").await;
    browser.wait_for("document.querySelector('#dialog').open").await;
    service.infra.close();
    browser.click("#dialog input[name=reason]").await;
    browser.press(&format!("try{ENTER}")).await;
    browser.wait_for("document.querySelector('#outcome').textContent !== ''").await;
    assert_eq!(browser.value("document.querySelector('#dialog').open").await, true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Chromium: `.ci/browser` installs it and runs this"]
async fn hostile_names_keys_and_errors_are_shown_as_text() {
    let (service, browser) = start().await;
    let named =
        service.infra.compose().name(HOSTILE).breaker("payments").build().expect("any name");
    (0..2).for_each(|_| _ = named.call().run_blocking(|| Err::<(), _>(())));
    service.infra.control(HOSTILE, HOSTILE).bulkhead("mails").force_open().expect("it can");
    let key = json!(format!("protection:{HOSTILE}"));
    let shown = format!(
        "[...document.querySelectorAll('article')].some((card) => card.dataset.key === {key})"
    );
    pass(&service, &browser, &shown).await;
    pass(
        &service,
        &browser,
        "document.querySelector('#components').textContent.includes('force open by')",
    )
    .await;
    assert_eq!(browser.value("window.hacked === undefined").await, true);
    assert_eq!(browser.value("document.querySelectorAll('img, article script').length").await, 0);
    browser.press(TAB).await;
    assert_eq!(browser.complaints().await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Chromium: `.ci/browser` installs it and runs this"]
async fn a_screen_reader_finds_landmarks_headings_and_names() {
    let (service, browser) = start().await;
    fail(&service, "charge", 2);
    pass(&service, &browser, "document.querySelector('.card.refusing') !== null").await;
    for (selector, role, name) in [
        ("main", "main", ""),
        ("#filter", "search", "Filter"),
        ("#words", "searchbox", "Filter by name"),
        ("#trouble", "checkbox", "Only what is not well"),
        ("#protections article", "article", "charge ✕ refusing for 0 s"),
        ("#protections article .charts svg", "image", "Calls in the last minute: 2 failed"),
        ("#components button.control", "button", "Control circuit breaker payments"),
        ("#events", "list", ""),
    ] {
        let (found, label) = browser.announced(selector).await;
        assert_eq!(found, role, "{selector}");
        let label = label.replace(char::is_numeric, "0");
        assert!(
            name.is_empty() || label == name.replace(char::is_numeric, "0"),
            "{selector}: {label}"
        );
    }
    let headings = "[...document.querySelectorAll('h1, h2, h3')].filter((one) => one.checkVisibility()).map((one) => one.tagName)";
    let headings = browser.value(headings).await;
    assert_eq!(headings, json!(["H1", "H2", "H3", "H3", "H2", "H3", "H3", "H2", "H2"]));
    browser.press(TAB).await;
    assert_eq!(browser.value("document.activeElement.className").await, "skip", "it comes first");
    browser.press(ENTER).await;
    assert_eq!(browser.value("document.activeElement.id").await, "main");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Chromium: `.ci/browser` installs it and runs this"]
async fn it_is_legible_in_light_and_dark_on_phones_and_desks() {
    let (service, browser) = start().await;
    fail(&service, "charge", 4);
    service.infra.control("ann", "why not").bulkhead("mails").force_closed().expect("it can");
    pass(&service, &browser, "document.querySelector('.card.refusing') !== null").await;
    browser
        .value("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        .await;
    let theme = "document.documentElement.dataset.theme";
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        browser.wait_for(&format!("{theme} === '{scheme}'")).await;
        for width in [320, 390, 1440] {
            browser.resize(width, 900).await;
            let too_wide = browser.value("document.documentElement.scrollWidth - innerWidth").await;
            assert!(too_wide.as_i64().is_some_and(|pixels| pixels <= 0), "{width}: {too_wide}");
        }
        let pale = browser.value(&format!("({})()", include_str!("contrast.js"))).await;
        assert_eq!(pale, json!([]), "contrast below 4.5 in {scheme}");
    }
    browser.click("#theme").await;
    assert_eq!(browser.value(theme).await, "light");
    browser.open(&format!("{}/ops/status/", service.url)).await;
    assert_eq!(
        browser.text("#theme").await,
        "Theme: light",
        "it is kept, also under the other address"
    );
}
