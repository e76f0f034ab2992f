use std::fmt;

use crate::server::Server;
use crate::{hurry, install, resp, template};

/// The password that is asked for, where one is.
const PASSWORD: &str = "opensesame";

const READY: &str = "Ready to accept connections";

/// Runs a Redis server that stores nothing on disk.
pub struct Redis {
    options: RedisOptions,
    server: Server,
}

/// Configures a [`Redis`] server.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    max_connections: u32,
    asks_password: bool,
    arguments: Vec<String>,
}

impl RedisOptions {
    /// Adds arguments to the command that runs the server, such as
    /// `["--rename-command", "RESET", ""]`.
    #[must_use]
    pub fn with_arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Limits the number of clients. Default: 1000.
    #[must_use]
    pub fn with_max_connections(mut self, max: u32) -> Self {
        self.max_connections = max;
        self
    }

    /// Saves each write to a file, so that a restart loses nothing. By default, nothing is saved.
    #[must_use]
    pub fn with_file(self) -> Self {
        self.with_arguments(["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// Makes the server a replica of `primary`, which it follows at once when it is started.
    #[must_use]
    pub fn replica_of(self, primary: &Redis) -> Self {
        let port = primary.port().to_string();
        let primary = ["--replicaof", "127.0.0.1", &port];
        self.with_arguments(primary)
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
    pub fn start(self) -> Redis {
        let folder = template::folder("redis", None);
        let mut server = Redis { options: self, server: Server::new(folder) };
        server.restart();
        server
    }
}

impl Redis {
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
    pub fn options() -> RedisOptions {
        RedisOptions { max_connections: 1000, asks_password: false, arguments: Vec::new() }
    }

    /// Returns the server's URL, `redis://127.0.0.1:…`, with the password if it requires one.
    #[must_use]
    pub fn url(&self) -> String {
        if self.options.asks_password {
            return self.url_with_password(PASSWORD);
        }
        format!("redis://127.0.0.1:{}", self.server.port())
    }

    /// Returns the server's URL with another password.
    #[must_use]
    pub fn url_with_password(&self, password: &str) -> String {
        format!("redis://:{password}@127.0.0.1:{}", self.server.port())
    }

    /// Returns the server's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Kills the server at once, like a crash of the machine.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Kills the server if it runs, and starts it again on the same port, empty.
    ///
    /// # Panics
    /// If the server cannot be started.
    pub fn restart(&mut self) {
        self.kill();
        let program = install::program("redis-server");
        let mut command = template::command(&program, None);
        let RedisOptions { max_connections, asks_password, ref arguments } = self.options;
        command.args(["--bind", "127.0.0.1", "--daemonize", "no", "--appendonly", "no"]);
        // A primary would wait five seconds for more replicas.
        command.args(["--repl-diskless-sync-delay", "0"]);
        command.args(["--save", "", "--port", &self.server.port().to_string()]);
        command.args(["--maxclients", &max_connections.to_string()]);
        command.args(["--requirepass", if asks_password { PASSWORD } else { "" }]);
        command.args(arguments);
        command.arg("--dir").arg(self.server.folder()).current_dir(self.server.folder());
        self.server.run("Redis", &mut command, READY);
    }

    /// Sends `command` to the server, after the login if there is one, and returns the answer as text.
    ///
    /// # Panics
    /// If the server cannot be reached, or answers with an error.
    pub fn command(&self, command: &[&str]) -> String {
        resp::ask(self.server.port(), self.login(), command)
    }

    fn login(&self) -> &[&str] {
        if self.options.asks_password { &[PASSWORD] } else { &[] }
    }

    /// Returns true if the server answers.
    #[must_use]
    pub fn answers(&self) -> bool {
        resp::try_ask(self.server.port(), self.login(), &["PING"]).is_ok()
    }

    /// Returns true if the server answers and is not a replica, or not any more.
    #[must_use]
    pub fn is_primary(&self) -> bool {
        let info = resp::try_ask(self.server.port(), self.login(), &["INFO", "replication"]);
        info.is_ok_and(|info| info.contains("role:master"))
    }

    /// Waits until the server, a replica, has all data of its primary.
    ///
    /// # Panics
    /// If it does not get them.
    pub fn wait_for_primary(&self) {
        let info = || self.command(&["INFO", "replication"]);
        hurry::until(|| info().contains("master_link_status:up"), info);
    }

    /// Stops the server's process: it answers and closes nothing, but the operating system still
    /// accepts connections for it.
    pub fn stop_signal(&self) {
        self.server.running().stop();
    }

    /// Resumes a stopped server.
    pub fn resume(&self) {
        self.server.running().resume();
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis(127.0.0.1:{})", self.server.port())
    }
}
