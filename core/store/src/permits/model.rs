//! The same as permits.lua, operation for operation.

use crate::number::{max, min};
use crate::script::{Applied, Moment};

/// The first number of each state; another is not one of ours.
const FORMAT: f64 = 1.0;

/// An instance that holds permits until `until`. The one without an id stands for all that are not
/// known.
#[derive(Clone, Copy)]
struct Member {
    id: f64,
    /// The number of its last request.
    number: f64,
    held: f64,
    until: f64,
    want: f64,
    /// What calls used at its last request: more than it holds if its lease was over before they ended.
    used: f64,
}

/// Returns false for a state that another program wrote, or that is cut off.
fn is_ours(state: &[f64]) -> bool {
    matches!(state, [FORMAT, _, _, members @ ..] if members.len().is_multiple_of(6))
        && state.iter().all(|number| number.is_finite())
}

/// Reads a state, or begins one: what an earlier epoch granted is not known, so all permits are held
/// until those leases are over.
fn read(state: Option<&[f64]>, moment: Moment, most: f64, life: f64) -> (f64, Vec<Member>) {
    let now = moment.now;
    let mut began = min(moment.born, now);
    match state {
        Some(state @ [_, last, epoch, members @ ..]) if is_ours(state) => {
            if *epoch == moment.epoch {
                let member = |m: &[f64]| match *m {
                    [id, number, held, until, want, used] => {
                        Some(Member { id, number, held, until, want, used })
                    }
                    _ => None,
                };
                return (*last, members.chunks_exact(6).filter_map(member).collect());
            }
            began = max(began, min(*last, now));
        }
        Some(_) => began = now,
        None => {}
    }
    let unknown =
        Member { id: 0.0, number: 0.0, held: most, until: began + life, want: 0.0, used: 0.0 };
    (began, vec![unknown])
}

/// Lets an instance hold as many permits as it wants, as far as they are free; see
/// [`Hold`](super::Hold) for the arguments.
pub(super) fn apply(state: Option<&[f64]>, moment: Moment, arguments: &[f64]) -> Applied {
    let nothing = |reply| Applied { state: None, reply, keep_ms: 0.0 };
    let &[most, life, id, number, held, used, want, deadline] = arguments else {
        return nothing(Vec::new());
    };
    let (last, members) = read(state, moment, most, life);
    let now = max(moment.now, last);
    if deadline > 0.0 && now > deadline {
        return nothing(vec![1.0, now, 0.0, 0.0, 0.0, 0.0, id, number]);
    }
    let (mut mine, mut unknown, mut others) = (None, None, 0.0);
    let mut wanting = 1.0;
    let mut kept = Vec::with_capacity(members.len() + 1);
    for member in members {
        if member.until <= now {
            continue;
        }
        if member.id == id {
            mine = Some(member);
            continue;
        }
        if member.id == 0.0 {
            unknown = Some(kept.len());
        } else {
            others += max(member.held, member.used);
        }
        wanting += if member.want > 0.0 { 1.0 } else { 0.0 };
        kept.push(member);
    }
    if mine.is_some_and(|mine: Member| number <= mine.number) {
        return nothing(vec![2.0, now, 0.0, 0.0, 0.0, 0.0, id, number]);
    }
    let mut had = mine.map_or(0.0, |mine| mine.held);
    if let Some(unknown) = unknown.map(|i| &mut kept[i]) {
        if mine.is_none() {
            had = min(held, unknown.held);
            unknown.held -= had;
        }
        others += unknown.held;
    }
    let free = max(0.0, most - others);
    let fair = (most / wanting).floor();
    let short = kept.iter().any(|m| m.want > m.held && m.held < fair);
    let mut grown = min(want, free);
    if short {
        grown = min(grown, fair);
    }
    let granted = max(min(max(want, used), had), grown);
    if granted > 0.0 || want > 0.0 || used > 0.0 {
        kept.push(Member { id, number, held: granted, until: now + life, want, used });
    }
    let left = max(0.0, most - others - max(granted, used));
    let reply = vec![0.0, now, granted, left, fair, f64::from(u8::from(short)), id, number];
    let mut state = vec![FORMAT, now, moment.epoch];
    state.extend(kept.iter().flat_map(|m| [m.id, m.number, m.held, m.until, m.want, m.used]));
    Applied { state: Some(state), reply, keep_ms: (life / 1000.0).ceil() }
}
