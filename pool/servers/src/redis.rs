use std::fmt;

use crate::server::Server;
use crate::{install, template};

/// The password that is asked for, where one is.
const PASSWORD: &str = "opensesame";

const READY: &str = "Ready to accept connections";

/// A Redis server that keeps nothing on disk.
pub struct Redis {
    options: RedisOptions,
    server: Server,
}

/// How a [`Redis`] server is to be.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    max_connections: u32,
    asks_password: bool,
}

impl RedisOptions {
    /// With at most `max` clients at once. Default: 1000.
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
    pub fn start(self) -> Redis {
        let folder = template::folder("redis", None);
        let mut server = Redis { options: self, server: Server::new(folder) };
        server.restart();
        server
    }
}

impl Redis {
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
    pub fn options() -> RedisOptions {
        RedisOptions { max_connections: 1000, asks_password: false }
    }

    /// Where it is and how to log in: `redis://127.0.0.1:…`, with the password if it asks for one.
    #[must_use]
    pub fn url(&self) -> String {
        if self.options.asks_password {
            return self.url_with_password(PASSWORD);
        }
        format!("redis://127.0.0.1:{}", self.server.port())
    }

    /// The same with a password of yours.
    #[must_use]
    pub fn url_with_password(&self, password: &str) -> String {
        format!("redis://:{password}@127.0.0.1:{}", self.server.port())
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Kills it at once, as a crash of the machine would.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Kills it if it runs, and starts it anew on the same port, empty.
    ///
    /// # Panics
    /// If that does not work.
    pub fn restart(&mut self) {
        self.kill();
        let program = install::program("redis-server");
        let mut command = template::command(&program, None);
        let RedisOptions { max_connections, asks_password } = self.options;
        command.args(["--bind", "127.0.0.1", "--daemonize", "no", "--appendonly", "no"]);
        command.args(["--save", "", "--port", &self.server.port().to_string()]);
        command.args(["--maxclients", &max_connections.to_string()]);
        command.args(["--requirepass", if asks_password { PASSWORD } else { "" }]);
        command.arg("--dir").arg(self.server.folder()).current_dir(self.server.folder());
        self.server.run("Redis", &mut command, READY);
    }

    /// Stops it where it is: nothing is answered, nothing is closed, and the system goes on to accept
    /// connections for it.
    pub fn stop_signal(&self) {
        self.server.running().stop();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.server.running().resume();
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis(127.0.0.1:{})", self.server.port())
    }
}
