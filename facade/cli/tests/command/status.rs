use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use seawall::{ConfigSource, Error, Infrastructure};
use seawall_status::{Recorder, StatusPage};
use seawall_testkit::ManualClock;
use serde_json::{Value, json};

use crate::support::{Folder, PROGRAM, assert_golden};

const SETTINGS: &str = "\
[breaker.payments]
failures = 3

[rate_limit.customers]
limit = 5
period = \"1s\"

[protection.charge]
breaker = \"payments\"

[protection.search]
rate_limit = \"customers\"
";

/// The document of a service whose payments have failed, and whose searches are too many.
async fn document() -> String {
    let (time, recorder) = (ManualClock::new(), Recorder::new());
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
    let builder = recorder.observe(builder.clock(time.clock()));
    let infra = builder.build().expect("it is right");
    let page = StatusPage::new("storefront", &infra, &recorder);
    let call = async |name: &str, works: bool| {
        let operation = async || {
            time.advance(Duration::from_millis(20));
            if works { Ok(()) } else { Err("no connection") }
        };
        let result: Result<(), Error<&str>> =
            infra.protect(name).expect("a name").run(operation).await;
        result.is_ok()
    };
    for _ in 0..4 {
        call("charge", false).await;
    }
    let mut served = 0;
    for _ in 0..10 {
        served += u32::from(call("search", true).await);
    }
    assert!(served >= 5, "{served}");
    time.advance(Duration::from_secs(2));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("it listens");
    let app = axum::Router::new().nest_service("/status", page.router());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let url = format!("http://{address}/status");
    let read = move || Folder::empty().run(["status", &url, "--json"]).printed(0);
    let document = tokio::task::spawn_blocking(read).await.expect("no panic");
    server.abort();
    document
}

/// Serves `document` at a port for as long as the tests run.
fn serve(document: String) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        while let Ok((mut client, _)) = listener.accept() {
            let mut question = [0; 4096];
            let read = client.read(&mut question).unwrap_or_default();
            let is_right = question[..read].starts_with(b"GET /status/status.json HTTP");
            let status = if is_right { "200 OK" } else { "404 Not Found" };
            let length = document.len();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let _gone = client.write_all((head + &document).as_bytes());
        }
    });
    format!("http://{address}/status")
}

#[tokio::test]
async fn a_page_is_printed_once_where_there_is_no_terminal() {
    let url = serve(document().await);
    let text = Folder::empty().run(["status", &url]).printed(0);
    assert_golden("status.txt", &text);
    let slash = Folder::empty().run(["status", "--once", &format!("{url}/")]).printed(0);
    assert_eq!(slash, text);
    let without_scheme = url.strip_prefix("http://").expect("one");
    assert_eq!(Folder::empty().run(["status", without_scheme]).printed(0), text);
    let json = Folder::empty().run(["status", &format!("{url}/status.json"), "--json"]).printed(0);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["format"], 1);
}

#[test]
fn what_is_no_status_page_is_said() {
    let mut port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let unused = port.local_addr().expect("it listens");
    port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("another port");
    drop(port);
    let html = serve("<html></html>".to_owned());
    for (url, said) in [
        (serve(json!({ "format": 2 }).to_string()), "format 2, and this command knows format 1"),
        (serve(json!({ "hello": 2 }).to_string()), "it has no `format`"),
        (serve(json!({ "format": 1 }).to_string()), "missing field"),
        (html.clone(), "this is no status page of Seawall"),
        (html.replace("/status", "/other"), "404"),
        (format!("http://{unused}"), "/status.json: "),
        ("https://localhost:1".to_owned(), "/status.json: "),
        ("ftp://localhost".to_owned(), "ftp"),
    ] {
        let error = Folder::empty().run(["status", &url]).failed(1);
        assert!(error.contains(said) && error.starts_with("error: "), "{error}");
    }
}

/// Serves `document` by TLS, with the certificate for `localhost` of this folder.
fn serve_tls(document: String) -> String {
    let file = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name);
    let certificate = CertificateDer::from_pem_file(file("localhost.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(file("localhost.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they belong together");
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("valid");
            let mut client = rustls::StreamOwned::new(connection, client);
            let mut question = [0; 4096];
            let read = client.read(&mut question).unwrap_or_default();
            if !question[..read].starts_with(b"GET /status.json HTTP") {
                continue;
            }
            let length = document.len();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            let _gone = client.write_all((head + &document).as_bytes());
            client.conn.send_close_notify();
            let _gone = client.flush();
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn a_page_is_read_by_https_if_its_certificate_is_trusted() {
    let url = serve_tls(document().await);
    let folder = Folder::empty();
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/ca.pem");
    let json = folder.run(["status", &url, "--json", "--ca-file", ca]).printed(0);
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON")["format"], 1);
    let error = folder.run(["status", &url, "--json"]).failed(1);
    assert!(error.contains("certificate"), "{error}");
    let other_name = url.replace("localhost", "127.0.0.2");
    let error = folder.run(["status", &other_name, "--ca-file", ca]).failed(1);
    assert!(error.contains("/status.json: "), "{error}");
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/localhost.key");
    let error = folder.run(["status", &url, "--ca-file", key]).failed(1);
    assert!(error.contains("localhost.key: there is no certificate in it"), "{error}");
    let error = folder.run(["status", &url, "--ca-file", "none.pem"]).failed(1);
    assert!(error.contains("none.pem: No such file"), "{error}");
}

#[tokio::test]
async fn names_and_errors_cannot_write_to_the_terminal() {
    let mut hostile: Value = serde_json::from_str(&document().await).expect("JSON");
    let text = "\u{1b}[2J\u{7}\nroot\u{202e}#";
    hostile["title"] = json!(text);
    hostile["protections"][0]["name"] = json!(text);
    hostile["components"][0]["cause"] = json!(text);
    hostile["events"][0]["text"] = json!(text);
    hostile["config"]["problems"] = json!([text]);
    let url = serve(hostile.to_string());
    for arguments in [["status", &url, "--color=always"], ["status", &url, "--color=never"]] {
        let shown = Folder::empty().run(arguments).printed(0);
        assert!(!shown.contains("[2J\u{7}") && !shown.contains("\u{1b}[2J"), "{shown:?}");
        assert!(!shown.contains(['\u{7}', '\u{202e}']) && !shown.contains("\nroot"), "{shown:?}");
    }
}

/// A terminal of `script`, a tool that most systems have.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn in_a_terminal_it_is_drawn_until_q_is_pressed() {
    let url = serve(document().await);
    let folder = Folder::empty();
    let mut script = folder.command("script");
    let command = format!("stty rows 12 cols 60; {PROGRAM} status --every 100ms {url}");
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    script.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut running) = script.spawn() else {
        eprintln!("there is no `script`, so no terminal");
        return;
    };
    let mut screen = running.stdout.take().expect("piped");
    let (mut drawn, mut buffer) = (String::new(), [0; 4096]);
    // Twice, so it is live.
    while drawn.matches("q: quit").count() < 2 {
        let read = screen.read(&mut buffer).expect("it is there");
        assert!(read > 0, "{drawn}");
        drawn.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    running.stdin.take().expect("piped").write_all(b"q").expect("it listens");
    let mut rest = Vec::new();
    screen.read_to_end(&mut rest).expect("it ends");
    assert!(running.wait().expect("it ends").success());
    assert!(drawn.contains("more lines"), "twelve rows: {drawn:?}");
    assert!(drawn.contains("\u{1b}[?1049h"), "a screen of its own: {drawn:?}");
    assert!(String::from_utf8_lossy(&rest).contains("\u{1b}[?1049l"), "put back: {rest:?}");
}
