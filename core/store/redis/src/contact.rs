use redis::Value;
use seawall_store::{Contact, StoreError, StoreErrorKind as Kind};

use crate::RedisStore;
use crate::error::{RULE, script_error};

const CONTACT: &str = include_str!("contact.lua");
const KEY: &str = "seawall:1:contact";
const OLDEST: u32 = 7;

/// Does what scripts do, on a key of its own, and looks how the server is set up.
pub(crate) async fn contact(store: &RedisStore) -> Result<Contact, StoreError> {
    let mut command = redis::cmd("EVAL");
    command.arg(CONTACT).arg(1).arg(KEY);
    let value = store.ask(&command, KEY, "", store.deadline()).await?;
    let (failed, text) = texts(value).ok_or_else(|| store.garbled())?;
    if failed.is_empty() {
        let info = Info(&text);
        let contact = info.contact();
        return contact.map_err(|problem| store.named().error(Kind::Unsuitable, problem));
    }
    if text.contains("can't run") || text.contains("NOPERM") {
        let command = failed.to_lowercase();
        let problem = format!(
            "the user may not use the command `{command}`, or not on the keys \
            `seawall:1:*`: the smallest rule is `{RULE}`"
        );
        return Err(store.named().error(Kind::Denied, problem));
    }
    Err(script_error(store.named(), &text))
}

fn texts(value: Option<Value>) -> Option<(String, String)> {
    let Some(Value::Array(texts)) = value else { return None };
    let [failed, text]: [Value; 2] = texts.try_into().ok()?;
    let text_of = |value| match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    };
    Some((text_of(failed)?, text_of(text)?))
}

/// What `INFO` says.
pub(crate) struct Info<'a>(pub(crate) &'a str);

impl Info<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }

    /// # Errors
    /// Why the server cannot serve.
    pub(crate) fn contact(&self) -> Result<Contact, String> {
        let redis = self.get("redis_version").unwrap_or("of an unknown version");
        let server = match self.get("valkey_version") {
            Some(version) => format!("Valkey {version}"),
            None => format!("Redis {redis}"),
        };
        let major = redis.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_none_or(|major| major < OLDEST) {
            return Err(format!("{server} is too old: Redis 7.0 or later, or Valkey, is needed"));
        }
        let mut contact = Contact::new(server);
        let policy = self.get("maxmemory_policy").unwrap_or("noeviction");
        if self.get("maxmemory") != Some("0") && policy != "noeviction" {
            contact = contact.warn(format!(
                "`maxmemory-policy` is `{policy}`, so that states of limits may be evicted, and \
                 limits then start anew, full: set it to `noeviction`"
            ));
        }
        Ok(contact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_old_ones_refused() {
        let server = |text| Info(text).contact().map(|contact| contact.server);
        assert_eq!(server("redis_version:7.0.15\r\n"), Ok("Redis 7.0.15".to_owned()));
        let valkey = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n";
        assert_eq!(server(valkey), Ok("Valkey 8.1.0".to_owned()));
        let old = server("redis_version:6.2.14\r\n").expect_err("it is old");
        assert!(old.starts_with("Redis 6.2.14 is too old"), "{old}");
        server("").expect_err("it is unknown");
    }
}
