mod connections;
mod errors;
mod faults;
mod resets;
mod tls;

use seawall_pool_managers::Postgres as Manager;
use seawall_test_servers::Postgres;

/// The manager of connections to `server`.
fn manager(server: &Postgres) -> Manager {
    Manager::from_url(&server.url()).expect("a URL")
}
