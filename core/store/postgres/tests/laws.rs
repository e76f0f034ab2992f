//! PostgreSQL keeps to the laws of stores.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use seawall_store::laws::{self, Subject};
use seawall_store::{Store, StoreKey};
use seawall_store_postgres::PostgresStore;
use seawall_test_servers::Postgres;
use tokio_postgres::types::ToSql;

struct Server {
    url: String,
    server: Arc<Mutex<Postgres>>,
    clients: Mutex<Vec<Arc<PostgresStore>>>,
}

impl Server {
    async fn execute(&self, sql: &str, given: &[&(dyn ToSql + Sync)]) {
        let connected = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await;
        let (client, driver) = connected.expect("a server");
        let driver = tokio::spawn(driver);
        client.execute(sql, given).await.expect("a table");
        drop(client);
        driver.await.expect("no panic").expect("a server");
    }
}

#[async_trait]
impl Subject for Server {
    fn client(&self) -> Arc<dyn Store> {
        let client = Arc::new(PostgresStore::connect(&self.url).expect("a URL"));
        self.clients.lock().expect("no panic").push(Arc::clone(&client));
        client
    }

    async fn spoil(&self, key: &StoreKey, numbers: &[f64]) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let write = "INSERT INTO seawall_states VALUES ($1, $2, 'infinity')
            ON CONFLICT (key) DO UPDATE SET state = $2";
        self.execute(write, &[&key.as_str(), &bytes]).await;
    }

    async fn lose_data(&self) {
        self.server.lock().expect("no panic").restart();
        let clients = self.clients.lock().expect("no panic").clone();
        for client in clients {
            while client.contact().await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

#[tokio::test]
async fn postgres_keeps_to_them() {
    let server = Postgres::start();
    let (url, server) = (server.url(), Arc::new(Mutex::new(server)));
    for law in laws::ALL {
        println!("{}", law.name());
        let (url, server) = (url.clone(), Arc::clone(&server));
        let subject = Server { url, server, clients: Mutex::default() };
        // The first client makes the table.
        subject.client().contact().await.expect("it can serve");
        subject.execute("TRUNCATE seawall_states", &[]).await;
        law.check(Arc::new(subject)).await;
    }
}
