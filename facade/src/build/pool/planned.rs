use seawall_core::pool::PoolOptions;
use seawall_core::{Component, InvalidOption, Layer, MAX_DEPTH};

use super::settings::{BREAKER, REQUIRED, options};
use super::{Kind, SETTINGS, choose};
use crate::build::OnChange;
use crate::config::{Diagnostic, EffectiveSetting, Place, Problem, Table, nearest};
use crate::plan::Plan;

/// A pool that settings describe: its backend and its options. Code gives its manager.
#[derive(Clone, PartialEq)]
pub(crate) struct PlannedPool {
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) options: PoolOptions,
    /// The breakers that its background connects go through.
    pub(crate) connect_breakers: Vec<Box<str>>,
    /// True if the service is not ready without it.
    pub(crate) required: bool,
    pub(crate) settings: Vec<EffectiveSetting>,
    pub(crate) place: Place,
}

impl PlannedPool {
    /// Returns true if both describe the same pool, whatever their settings look like.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.kind, &self.options, &self.connect_breakers)
            == (other.kind, &other.options, &other.connect_breakers)
    }

    /// Returns what becomes of the running pool if `self` is replaced by `new`.
    pub(crate) fn on_change(&self, new: &Self) -> OnChange {
        if self.kind == new.kind {
            self.kind.on_change(&self.options, &new.options)
        } else {
            OnChange::Restart("it has another backend")
        }
    }

    /// Returns the problem that the pool does not accept an option.
    pub(crate) fn problem(&self, invalid: &InvalidOption) -> Problem {
        crate::plan::problem(&self.settings, &self.place, invalid)
    }

    /// Returns the breakers as layers.
    pub(crate) fn breakers(&self) -> impl Iterator<Item = (Component, &str)> {
        self.connect_breakers.iter().map(|name| (Component::CircuitBreaker, &**name))
    }
}

/// Reads the tables of pools into `plan`, and plans those that only code has: the pools `given`. Without
/// these, code is taken to give a manager for each table.
pub(crate) fn read(root: &Table<'_>, given: Option<&[String]>, plan: &mut Plan) {
    let mut tables = root.tables_in("pool");
    let all: Vec<_> = tables.iter().map(|table| table.name().to_owned()).collect();
    let given = given.unwrap_or(&all);
    for (nth, name) in given.iter().enumerate() {
        if given[..nth].contains(name) {
            let found = format!("two managers are given for pool `{name}` in the code");
            root.reject("pool", Diagnostic::new(found));
            continue;
        }
        let at = tables.iter().position(|table| table.name() == name);
        let table = match at {
            Some(at) => tables.remove(at),
            None => root.empty("pool", name),
        };
        if let Some(planned) = read_one(&table, root) {
            plan.pools.insert(planned.name.clone(), planned);
        }
    }
    for table in tables {
        let found = format!("no manager is given for pool `{}`", table.name());
        let expected = format!("`Builder::pool({:?}, manager)` in the code", table.name());
        let near = nearest(table.name(), given.iter().map(String::as_str));
        table.reject_table(Diagnostic::new(found).expected(expected).suggest(near));
        read_one(&table, root);
    }
}

/// Returns what to say of a key that layers have which only admit calls.
fn no_mode(key: &str) -> Option<Diagnostic> {
    let found = "a pool cannot be observed or off: a call needs the connection that it lends";
    let expected = "it in a breaker, a rate limit or a bulkhead in front of the pool";
    ["mode", "enforce", "shadow"].contains(&key).then(|| Diagnostic::new(found).expected(expected))
}

fn read_one(table: &Table<'_>, root: &Table<'_>) -> Option<PlannedPool> {
    let kind = choose(table)?;
    let options = options(table);
    let layer = Layer::new(Component::ConnectionPool, table.name());
    for problem in options.iter().flat_map(|options| kind.problems(&layer, options)) {
        let key = match problem.option() {
            "connect_backoff_most" => "connect_backoff_max",
            option => option,
        };
        table.reject(key, Diagnostic::new(format!("`{}` {}", problem.option(), problem.problem())));
    }
    let breakers = table.references(&BREAKER, &root.configured("breaker"));
    if breakers.len() > MAX_DEPTH {
        let found = format!("a pool has at most {MAX_DEPTH} breakers, not {}", breakers.len());
        table.reject(BREAKER, Diagnostic::new(found));
    }
    table.close(&["backend"], SETTINGS, &no_mode);
    Some(PlannedPool {
        name: table.name().into(),
        kind,
        options: options?,
        connect_breakers: breakers.into_iter().map(Into::into).collect(),
        required: table.get(&REQUIRED).unwrap_or_default(),
        settings: table.effective(SETTINGS),
        place: table.place(),
    })
}
