use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::server::Server;
use crate::{install, template, user};

/// The password of the superuser `postgres`, in every cluster.
const PASSWORD: &str = "opensesame";

/// A replica says "read-only connections".
const READY: &str = "database system is ready to accept";

/// Runs a PostgreSQL server with the database `postgres` and the superuser `postgres`.
pub struct Postgres {
    options: PostgresOptions,
    server: Server,
}

/// Configures a [`Postgres`] server.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    max_connections: u32,
    asks_password: bool,
}

impl PostgresOptions {
    /// Limits the number of connections; none of them is reserved. Default: 100.
    #[must_use]
    pub fn with_max_connections(mut self, max: u32) -> Self {
        self.max_connections = max;
        self
    }

    /// Requires a password at login. By default, every login is accepted.
    #[must_use]
    pub fn with_password(mut self) -> Self {
        self.asks_password = true;
        self
    }

    /// Starts the server.
    ///
    /// # Panics
    /// If the server cannot be started.
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
    /// Starts a server with the default options.
    ///
    /// # Panics
    /// If the server cannot be started.
    #[must_use]
    pub fn start() -> Self {
        Self::options().start()
    }

    /// Returns the default options.
    #[must_use]
    pub fn options() -> PostgresOptions {
        PostgresOptions { max_connections: 100, asks_password: false }
    }

    /// Returns the server's URL, `postgres://postgres:…@127.0.0.1:…/postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with_password(PASSWORD)
    }

    /// Returns the server's URL with another password.
    #[must_use]
    pub fn url_with_password(&self, password: &str) -> String {
        format!("postgres://postgres:{password}@127.0.0.1:{}/postgres", self.server.port())
    }

    /// Returns the server's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Returns the folder of the server's Unix socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// Starts a replica of this server, which follows it until it is [promoted](Self::promote).
    ///
    /// # Panics
    /// If the replica cannot be started.
    #[must_use]
    pub fn replica(&self) -> Self {
        let folder = template::folder("postgres", user::for_postgres());
        let mut copy = template::command(&install::program("pg_basebackup"), user::for_postgres());
        copy.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port().to_string()]);
        copy.args(["-R", "-c", "fast", "-X", "stream", "-D"]).arg(folder.path().join("data"));
        template::run(copy.current_dir(folder.path()));
        let mut replica = Self { options: self.options.clone(), server: Server::new(folder) };
        replica.restart();
        replica
    }

    /// Makes a replica a primary.
    ///
    /// # Panics
    /// If it does not become one.
    pub fn promote(&self) {
        let mut promote = template::command(&install::program("pg_ctl"), user::for_postgres());
        promote.arg("promote").arg("-w").arg("-D").arg(self.data());
        template::run(promote.current_dir(self.folder()));
    }

    /// Kills all processes of the server at once, like a crash of the machine.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Kills the server if it runs, and starts it again on the same port, with the same data.
    ///
    /// # Panics
    /// If the server cannot be started.
    pub fn restart(&mut self) {
        self.kill();
        let program = install::program("postgres");
        let mut command = template::command(&program, user::for_postgres());
        command.current_dir(self.server.folder()).arg("-D").arg(self.data());
        for option in [
            format!("port={}", self.server.port()),
            format!("max_connections={}", self.options.max_connections),
            "superuser_reserved_connections=0".to_owned(),
            "max_wal_senders=4".to_owned(),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", self.folder().display()),
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

    /// Stops all processes of the server: they answer and close nothing, but the operating system
    /// still accepts connections for them.
    pub fn stop_signal(&self) {
        self.server.running().stop();
    }

    /// Resumes a stopped server.
    pub fn resume(&self) {
        self.server.running().resume();
    }

    /// Refuses new logins. Existing connections remain.
    ///
    /// # Panics
    /// If the server does not reload its configuration.
    pub fn refuse_logins(&self) {
        self.set_logins("reject");
    }

    /// Accepts new logins again, as at the start.
    ///
    /// # Panics
    /// If the server does not reload its configuration.
    pub fn admit_logins(&self) {
        self.set_logins(if self.options.asks_password { "scram-sha-256" } else { "trust" });
    }

    /// Returns the warnings and errors in the server's log since its last start.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let bad = ["WARNING:", "ERROR:", "FATAL:", "PANIC:"];
        let mut lines = self.server.running().log();
        lines.retain(|line| bad.iter().any(|word| line.contains(word)));
        lines
    }

    fn set_logins(&self, how: &str) {
        let rule = format!(
            "local all all {how}\nhost all all 127.0.0.1/32 {how}\n\
             host replication all 127.0.0.1/32 trust\n"
        );
        fs::write(self.data().join("pg_hba.conf"), rule).expect("the file belongs to this process");
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
