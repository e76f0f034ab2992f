//! Chromium without a window, by the protocol of WebDriver.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

pub(crate) struct Browser {
    driver: Child,
    /// Kept open, since the driver ends when it cannot write.
    _output: BufReader<ChildStdout>,
    http: Client,
    session: String,
}

/// The key under which WebDriver names elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Browser {
    pub(crate) async fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver: `.ci/browser` installs it, as `apt-get install chromium-driver` does");
        let mut output = BufReader::new(driver.stdout.take().expect("piped"));
        let port = output.by_ref().lines().map_while(Result::ok).find_map(|line| {
            let port = line.split("successfully on port ").nth(1)?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let port = port.expect("it states its port");
        let mut browser = Self {
            driver,
            _output: output,
            http: Client::new(),
            session: format!("http://127.0.0.1:{port}/session"),
        };
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = browser.ask(Method::POST, "", wanted).await;
        let id = session["sessionId"].as_str().expect("a session");
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.session));
        if method == Method::POST {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the driver answers");
        let mut answer: Value = answer.json().await.expect("JSON");
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{path} {body}: {value}");
        value
    }

    /// A command of the protocol of Chromium itself.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.ask(Method::POST, "/goog/cdp/execute", body).await
    }

    pub(crate) async fn open(&self, url: &str) {
        self.ask(Method::POST, "/url", json!({"url": url})).await;
    }

    /// Returns the value of a JavaScript expression.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.ask(Method::POST, "/execute/sync", json!({"script": script, "args": []})).await
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        let quoted = json!(selector);
        let text =
            self.value(&format!("(document.querySelector({quoted}) || {{}}).textContent")).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    pub(crate) async fn wait_for(&self, expression: &str) {
        let wait = async { while self.value(expression).await != json!(true) {} };
        let waited = tokio::time::timeout(Duration::from_secs(30), wait).await;
        assert!(waited.is_ok(), "never true: {expression}");
    }

    pub(crate) async fn find(&self, selector: &str) -> String {
        let by = json!({"using": "css selector", "value": selector});
        let element = self.ask(Method::POST, "/element", by).await;
        element[ELEMENT].as_str().expect("an element").to_owned()
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.ask(Method::POST, &format!("/element/{element}/click"), json!({})).await;
    }

    /// Presses keys, wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let presses: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})))
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": presses}]});
        self.ask(Method::POST, "/actions", actions).await;
    }

    /// Returns the role and the name by which a screen reader announces an element.
    pub(crate) async fn announced(&self, selector: &str) -> (String, String) {
        let element = self.find(selector).await;
        let role =
            self.ask(Method::GET, &format!("/element/{element}/computedrole"), json!({})).await;
        let name =
            self.ask(Method::GET, &format!("/element/{element}/computedlabel"), json!({})).await;
        let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
        (text(role), text(name))
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Sets what the system prefers: `light` or `dark`.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Returns what the browser complained about: errors of scripts, violations of the policy.
    pub(crate) async fn complaints(&self) -> Value {
        self.ask(Method::POST, "/se/log", json!({"type": "browser"})).await
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        _ = self.quit();
        _ = self.driver.kill();
        _ = self.driver.wait();
    }
}

impl Browser {
    /// Ends the browser, which its driver would leave behind.
    fn quit(&self) -> std::io::Result<()> {
        let address = self.session.trim_start_matches("http://");
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        let mut driver = TcpStream::connect(host)?;
        write!(driver, "DELETE /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        driver.set_read_timeout(Some(Duration::from_secs(10)))?;
        driver.read_exact(&mut [0; 12])
    }
}
