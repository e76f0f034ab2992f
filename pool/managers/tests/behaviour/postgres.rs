mod connections;
mod cuts;
mod errors;
mod faults;
mod requests;
mod resets;
mod sessions;
mod tls;
mod transactions;

use seawall_core::pool::Manage;
use seawall_pool_managers::{Postgres as Manager, PostgresConnection};
use seawall_test_servers::Postgres;

/// The manager of connections to `server`.
fn manager(server: &Postgres) -> Manager {
    Manager::from_url(&server.url()).expect("a URL")
}

/// A connection that looks at what the others do.
struct Watch(PostgresConnection);

async fn watch(server: &Postgres) -> Watch {
    Watch(manager(server).create().await.expect("it connects"))
}

impl Watch {
    async fn number(&self, query: &str) -> i64 {
        self.0.query_one(query, &[]).await.expect("a number").get(0)
    }

    async fn run(&self, statements: &str) {
        self.0.batch_execute(statements).await.expect("it may");
    }

    /// The number of other sessions that execute something.
    async fn active(&self) -> i64 {
        let active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' \
                      AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
        self.number(active).await
    }
}
