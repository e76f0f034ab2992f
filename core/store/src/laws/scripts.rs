use crate::{Applied, Script};

const KEEP_MS: f64 = 60_000.0;

/// Counts its runs.
pub(super) static COUNT: Script = Script {
    name: "count",
    lua: "local function apply(state, now, epoch, born, arguments)
  local n = 1
  if state ~= nil and state[1] ~= nil then n = state[1] + 1 end
  return { n }, { n }, 60000
end",
    model: |state, _, _| {
        let n = state.and_then(<[f64]>::first).map_or(1.0, |n| n + 1.0);
        Applied { state: Some(vec![n]), reply: vec![n], keep_ms: KEEP_MS }
    },
};

/// Replies with the state, and replaces it by the arguments, if there are any.
pub(super) static SWAP: Script = Script {
    name: "swap",
    lua: "local function apply(state, now, epoch, born, arguments)
  if state == nil then state = {} end
  if #arguments == 0 then return nil, state, 60000 end
  return arguments, state, 60000
end",
    model: |state, _, arguments| Applied {
        state: (!arguments.is_empty()).then(|| arguments.to_vec()),
        reply: state.unwrap_or_default().to_vec(),
        keep_ms: KEEP_MS,
    },
};

/// Replies with the store's time, the epoch, and when that had begun.
pub(super) static MOMENT: Script = Script {
    name: "moment",
    lua: "local function apply(state, now, epoch, born, arguments)
  return nil, { now, epoch, born }, 60000
end",
    model: |_, moment, _| Applied {
        state: None,
        reply: vec![moment.now, moment.epoch, moment.born],
        keep_ms: KEEP_MS,
    },
};
