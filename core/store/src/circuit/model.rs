//! The same as circuit.lua, operation for operation.

use crate::number::{count, max};
use crate::script::{Applied, Moment};

/// The first number of each state; another is not one of ours.
const FORMAT: f64 = 1.0;
const HEAD: usize = 10;
const MEMBER: usize = 7;

/// The phases: also open, also closed by a probe; zero if neither has happened yet.
pub(super) const NEW: f64 = 0.0;
pub(super) const OPEN: f64 = 1.0;
pub(super) const CLOSED: f64 = 2.0;

/// What an instance says about the probe.
pub(super) const KEEPS: f64 = 1.0;
pub(super) const SUCCEEDED: f64 = 2.0;
pub(super) const FAILED: f64 = 3.0;
pub(super) const GIVEN_UP: f64 = 4.0;

/// The statuses of a reply.
pub(super) const DONE: f64 = 0.0;
pub(super) const LATE: f64 = 1.0;
pub(super) const REPEATED: f64 = 2.0;

/// What one instance has counted lately, as it said before `until`.
#[derive(Clone, Copy)]
struct Member {
    id: f64,
    /// The number of its last request.
    number: f64,
    until: f64,
    /// The beginning of the period that its counts are of.
    seen: f64,
    ok: f64,
    failed: f64,
    tripped: f64,
}

struct State {
    last: f64,
    phase: f64,
    /// The fence with which the phase began.
    since: f64,
    /// Of the last change or lease. Larger than each before, also after data were lost: not below the time.
    fence: f64,
    /// Probes that failed since it opened.
    attempt: f64,
    probe_at: f64,
    /// The instance that probes; zero if none does.
    holder: f64,
    lease: f64,
    members: Vec<Member>,
}

/// Returns false for a state that another program wrote, or that is cut off.
fn is_ours(state: &[f64]) -> bool {
    state.len() >= HEAD
        && state[0] == FORMAT
        && state[3] <= CLOSED
        && (state.len() - HEAD).is_multiple_of(MEMBER)
        && state.iter().all(|number| count(*number).is_some())
}

/// Reads a state, or begins one: after an epoch has ended, it is not known whether the circuit is open. If
/// the clock went back by more than a life, all that is kept is of a time that is not yet.
fn read(state: Option<&[f64]>, moment: Moment, life: f64) -> State {
    let now = moment.now;
    match state {
        Some(
            state @ &[_, last, epoch, phase, since, fence, attempt, probe_at, holder, lease, ..],
        ) if is_ours(state) && epoch == moment.epoch && last <= now + life => {
            let member = |m: &[f64]| match *m {
                [id, number, until, seen, ok, failed, tripped] => {
                    Some(Member { id, number, until, seen, ok, failed, tripped })
                }
                _ => None,
            };
            let members = state[HEAD..].chunks_exact(MEMBER).filter_map(member).collect();
            State { last, phase, since, fence, attempt, probe_at, holder, lease, members }
        }
        _ => State {
            last: now,
            phase: NEW,
            since: now,
            fence: now,
            attempt: 0.0,
            probe_at: 0.0,
            holder: 0.0,
            lease: 0.0,
            members: Vec::new(),
        },
    }
}

/// Takes what an instance has counted and decides for all of them; see [`Exchange`](super::Exchange) for
/// the arguments.
pub(super) fn apply(state: Option<&[f64]>, moment: Moment, arguments: &[f64]) -> Applied {
    let nothing = |reply| Applied { state: None, reply, keep_ms: 0.0 };
    let &[
        least_calls,
        rate,
        least_nodes,
        share,
        lease,
        wait,
        life,
        id,
        number,
        seen,
        ok,
        failed,
        tripped,
        mut held,
        probe,
        deadline,
    ] = arguments
    else {
        return nothing(Vec::new());
    };
    let refused = |status, now| {
        let mut reply = vec![status, number, now];
        reply.resize(13, 0.0);
        nothing(reply)
    };
    let mut s = read(state, moment, life);
    let now = max(moment.now, s.last);
    if deadline > 0.0 && now > deadline {
        return refused(LATE, now);
    }
    let is_mine = |m: &Member| m.id == id;
    if s.members.iter().any(|m| is_mine(m) && m.until > now && number <= m.number) {
        return refused(REPEATED, now);
    }
    let mut kept = std::mem::take(&mut s.members);
    kept.retain(|m| !is_mine(m) && m.until > now);
    kept.push(Member { id, number, until: now + life, seen, ok, failed, tripped });

    if s.phase == OPEN && s.holder == id && held == s.fence {
        match probe {
            SUCCEEDED => {
                (s.phase, s.fence) = (CLOSED, max(s.fence + 1.0, now));
                (s.since, s.attempt, s.holder) = (s.fence, 0.0, 0.0);
            }
            FAILED => (s.attempt, s.probe_at, s.holder) = (s.attempt + 1.0, now + wait, 0.0),
            GIVEN_UP => s.holder = 0.0,
            KEEPS => s.lease = now + lease,
            _ => {}
        }
    }

    let (mut all_ok, mut all_failed, mut active, mut failing) = (0.0, 0.0, 0.0, 0.0);
    for m in kept.iter().filter(|m| m.seen == s.since) {
        (all_ok, all_failed) = (all_ok + m.ok, all_failed + m.failed);
        let calls = m.ok + m.failed;
        if m.tripped > 0.0 || calls > 0.0 {
            active += 1.0;
        }
        if m.tripped > 0.0 || (m.failed > 0.0 && m.failed >= rate * calls) {
            failing += 1.0;
        }
    }
    let calls = all_ok + all_failed;
    // Before a life is over, not all instances have said what they counted in this phase.
    if s.phase != OPEN
        && now >= s.since + life
        && calls >= least_calls
        && all_failed >= rate * calls
        && failing >= least_nodes
        && failing >= share * active
    {
        (s.phase, s.fence) = (OPEN, max(s.fence + 1.0, now));
        (s.since, s.attempt, s.probe_at, s.holder) = (s.fence, 0.0, now + wait, 0.0);
    }

    let free = s.holder == 0.0 || s.holder == id || s.lease <= now;
    if s.phase == OPEN && held == 0.0 && probe == KEEPS && free && now >= s.probe_at {
        s.fence = max(s.fence + 1.0, now);
        (s.holder, s.lease, held) = (id, now + lease, s.fence);
    }
    let (mut fence, mut prober, mut probe_in) = (0.0, 0.0, 0.0);
    if s.phase == OPEN {
        probe_in = max(0.0, s.probe_at - now);
        if s.holder == id && held == s.fence {
            (fence, prober) = (s.fence, 1.0);
        } else if s.holder != 0.0 && s.lease > now {
            prober = 2.0;
        }
    }
    let mut state = vec![FORMAT, now, moment.epoch, s.phase, s.since, s.fence];
    state.extend([s.attempt, s.probe_at, s.holder, s.lease]);
    state.extend(
        kept.iter().flat_map(|m| [m.id, m.number, m.until, m.seen, m.ok, m.failed, m.tripped]),
    );
    let mut reply = vec![DONE, number, now, s.phase, s.since, fence, s.attempt, probe_in];
    reply.extend([all_ok, all_failed, active, failing, prober]);
    Applied { state: Some(state), reply, keep_ms: ((probe_in + lease + life) / 1000.0).ceil() }
}
