use std::fmt;
use std::fs;
use std::path::PathBuf;

use rustix::process::Signal;

use crate::server::Server;
use crate::{install, template, user};

/// The password of the superuser `postgres`, in every cluster.
const PASSWORD: &str = "opensesame";

const READY: &str = "database system is ready to accept connections";

/// A PostgreSQL server with the database and the superuser `postgres`.
pub struct Postgres {
    options: PostgresOptions,
    server: Server,
}

/// How a [`Postgres`] server is to be.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    max_connections: u32,
    asks_password: bool,
}

impl PostgresOptions {
    /// With at most `max` connections at once, none of them reserved. Default: 100.
    #[must_use]
    pub fn with_max_connections(mut self, max: u32) -> Self {
        self.max_connections = max;
        self
    }

    /// With a password for each login; by default, everyone is let in.
    #[must_use]
    pub fn with_password(mut self) -> Self {
        self.asks_password = true;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// If that does not work.
    #[must_use]
    pub fn start(self) -> Postgres {
        let folder = template::folder("postgres", user::for_postgres());
        template::copy_cluster_to(&folder.path().join("data"), PASSWORD);
        let mut server = Postgres { options: self, server: Server::new(folder) };
        server.admit_logins();
        server.restart();
        server
    }
}

impl Postgres {
    /// One with all the defaults.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start() -> Self {
        Self::options().start()
    }

    /// One to be described further.
    #[must_use]
    pub fn options() -> PostgresOptions {
        PostgresOptions { max_connections: 100, asks_password: false }
    }

    /// Where it is and how to log in: `postgres://postgres:…@127.0.0.1:…/postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with_password(PASSWORD)
    }

    /// The same with a password of yours.
    #[must_use]
    pub fn url_with_password(&self, password: &str) -> String {
        format!("postgres://postgres:{password}@127.0.0.1:{}/postgres", self.server.port())
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Kills all its processes at once, as a crash of the machine would.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Kills it if it runs, and starts it anew on the same port, with the same data.
    ///
    /// # Panics
    /// If that does not work.
    pub fn restart(&mut self) {
        self.kill();
        let program = install::program("postgres");
        let mut command = template::command(&program, user::for_postgres());
        command.current_dir(self.server.folder()).arg("-D").arg(self.data());
        for option in [
            format!("port={}", self.server.port()),
            format!("max_connections={}", self.options.max_connections),
            "superuser_reserved_connections=0".to_owned(),
            "max_wal_senders=0".to_owned(),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "logging_collector=off".to_owned(),
            "log_destination=stderr".to_owned(),
            "autovacuum=off".to_owned(),
            "fsync=off".to_owned(),
            "shared_buffers=16MB".to_owned(),
        ] {
            command.arg("-c").arg(option);
        }
        self.server.run("PostgreSQL", &mut command, READY);
    }

    /// Stops all its processes where they are: nothing is answered, nothing is closed, and the system
    /// goes on to accept connections for it.
    pub fn stop_signal(&self) {
        self.server.running().stop();
    }

    /// Lets its processes go on.
    pub fn resume(&self) {
        self.server.running().resume();
    }

    /// Refuses whoever comes from now on. Who is in stays in.
    ///
    /// # Panics
    /// If it cannot be told so.
    pub fn refuse_logins(&self) {
        self.set_logins("reject");
    }

    /// Lets in whoever comes from now on, as it did at the start.
    ///
    /// # Panics
    /// If it cannot be told so.
    pub fn admit_logins(&self) {
        self.set_logins(if self.options.asks_password { "scram-sha-256" } else { "trust" });
    }

    /// The warnings and errors in its log since it was started last.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let bad = ["WARNING:", "ERROR:", "FATAL:", "PANIC:"];
        let mut lines = self.server.running().log();
        lines.retain(|line| bad.iter().any(|word| line.contains(word)));
        lines
    }

    fn set_logins(&self, how: &str) {
        let rule = format!("host all all 127.0.0.1/32 {how}\n");
        fs::write(self.data().join("pg_hba.conf"), rule).expect("a file of ours");
        if let Some(process) = self.server.process() {
            process.ask(Signal::HUP, "received SIGHUP, reloading configuration files");
        }
    }

    fn data(&self) -> PathBuf {
        self.server.folder().join("data")
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres(127.0.0.1:{})", self.server.port())
    }
}
