mod connections;
mod errors;
mod faults;
mod resets;
mod sentinels;

use redis::{Cmd, FromRedisValue, RedisResult};
use seawall_pool_managers::{Redis as Manager, RedisConnection};
use seawall_test_servers::Redis;

/// The manager of connections to `server`.
fn manager(server: &Redis) -> Manager {
    Manager::from_url(&server.url()).expect("a URL")
}

/// The command that `words` are.
fn command(words: &str) -> Cmd {
    let mut command = Cmd::new();
    command.arg(words.split(' ').collect::<Vec<_>>());
    command
}

async fn ask<T: FromRedisValue>(connection: &mut RedisConnection, words: &str) -> RedisResult<T> {
    command(words).query_async(connection).await
}
