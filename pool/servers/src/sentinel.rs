use std::fmt;
use std::fs;

use crate::server::Server;
use crate::{Redis, install, resp, template};

/// Runs a Redis Sentinel, which watches one primary by the name `shop`, and decides alone.
pub struct Sentinel {
    server: Server,
}

impl Sentinel {
    /// Starts a sentinel that watches `primary`. It regards a primary that does not answer for half a
    /// second as down, and puts a replica in its place.
    ///
    /// # Panics
    /// If the sentinel cannot be started.
    #[must_use]
    pub fn of(primary: &Redis) -> Self {
        let mut server = Server::new(template::folder("sentinel", None));
        let settings = format!(
            "port {}\nbind 127.0.0.1\ndir {}\nsentinel monitor shop 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds shop 500\nsentinel failover-timeout shop 3000\n",
            server.port(),
            server.folder().display(),
            primary.port(),
        );
        let file = server.folder().join("sentinel.conf");
        fs::write(&file, settings).expect("the folder belongs to this process");
        let program = install::program("redis-server");
        let mut command = template::command(&program, None);
        command.arg(&file).arg("--sentinel");
        server.run("Redis Sentinel", &mut command, "+monitor master shop");
        // It asks for the replicas every ten seconds otherwise.
        resp::ask(server.port(), &[], &["SENTINEL", "DEBUG", "info-period", "100"]);
        Self { server }
    }

    /// Returns the sentinel's URL, `redis://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.server.port())
    }

    /// Returns the port of the server that the sentinel names as the primary.
    ///
    /// # Panics
    /// If the sentinel does not answer.
    #[must_use]
    pub fn primary(&self) -> u16 {
        let command = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop"];
        let answer = resp::ask(self.server.port(), &[], &command);
        let port = answer.lines().nth(1).and_then(|port| port.parse().ok());
        port.unwrap_or_else(|| panic!("the sentinel says: {answer}"))
    }
}

impl fmt::Debug for Sentinel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sentinel(127.0.0.1:{})", self.server.port())
    }
}
