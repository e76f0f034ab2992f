use std::sync::LazyLock;

use seawall_store::permits::PERMITS;
use seawall_store::tokens::TOKENS;
use seawall_store::{Applied, Moment, Script};

/// When the store began, long before any test, in microseconds.
const BORN: f64 = -86.4e12;
/// How long a state is kept by the clock of the server, in milliseconds.
const KEEP: f64 = 3_600_000.0;

/// What makes a script go by its last argument.
const LUA: &str = "
local timed = apply
local function apply(state, now, epoch, born, arguments)
  now = table.remove(arguments)
  local new, reply = timed(state, now, epoch, -86400000000000, arguments)
  return new, reply, 3600000
end
";

/// Returns a script that does the same by the time that is its last argument.
///
/// # Panics
/// If there is none: see the list below.
pub(super) fn timed(script: &'static Script) -> &'static Script {
    let of = |timed: &&(&'static Script, LazyLock<Script>)| std::ptr::eq(timed.0, script);
    let Some((_, timed)) = SCRIPTS.iter().find(of) else { panic!("add {script:?} to the list") };
    timed
}

static SCRIPTS: [(&Script, LazyLock<Script>); 2] = [
    (&TOKENS, LazyLock::new(|| make(&TOKENS, |s, m, a| apply(&TOKENS, s, m, a)))),
    (&PERMITS, LazyLock::new(|| make(&PERMITS, |s, m, a| apply(&PERMITS, s, m, a)))),
];

type Model = fn(Option<&[f64]>, Moment, &[f64]) -> Applied;

fn make(script: &Script, model: Model) -> Script {
    Script { name: script.name, lua: format!("{}{LUA}", script.lua).leak(), model }
}

fn apply(script: &Script, state: Option<&[f64]>, moment: Moment, arguments: &[f64]) -> Applied {
    let (now, arguments) = arguments.split_last().expect("the time");
    let moment = Moment { now: *now, born: BORN, ..moment };
    Applied { keep_ms: KEEP, ..(script.model)(state, moment, arguments) }
}
