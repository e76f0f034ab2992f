//! Redis keeps to the laws of stores.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use redis::Commands as _;
use seawall_store::laws::{self, Subject};
use seawall_store::{Store, StoreKey};
use seawall_store_redis::RedisStore;
use seawall_test_servers::Redis;

struct Server {
    url: String,
    server: Mutex<Redis>,
    clients: Mutex<Vec<Arc<RedisStore>>>,
}

impl Server {
    fn start() -> Self {
        let server = Redis::start();
        Self { url: server.url(), server: Mutex::new(server), clients: Mutex::default() }
    }
}

#[async_trait]
impl Subject for Server {
    fn client(&self) -> Arc<dyn Store> {
        let client = Arc::new(RedisStore::connect(&self.url).expect("a URL"));
        self.clients.lock().expect("no panic").push(Arc::clone(&client));
        client
    }

    async fn spoil(&self, key: &StoreKey, numbers: &[f64]) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let client = redis::Client::open(self.url.as_str()).expect("a URL");
        let mut connection = client.get_connection().expect("a server");
        let () = connection.set(key.as_str(), bytes).expect("a server");
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
async fn redis_keeps_to_them() {
    for law in laws::ALL {
        println!("{}", law.name());
        law.check(Arc::new(Server::start())).await;
    }
}
