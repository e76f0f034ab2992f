//! The same as tokens.lua, operation for operation: what is equal there must be equal bit for bit here.

use crate::number::{max, min, whole};
use crate::script::{Applied, Moment};

/// The first number of each state; another is not one of ours.
const FORMAT: f64 = 1.0;
/// Microseconds of silence after which a member's share is withheld from the refill.
const AFTER: f64 = AFTER_MICROS as f64;
pub(super) const AFTER_MICROS: u32 = 800_000;
/// Microseconds of silence after which it is no longer withheld.
const UNTIL: f64 = UNTIL_MICROS as f64;
pub(super) const UNTIL_MICROS: u32 = 6_000_000;
/// Shares of members are multiples of one 64th.
const PARTS: f64 = SHARE_PARTS as f64;
pub(super) const SHARE_PARTS: u32 = 64;
/// The largest number of windows in a state.
const MOST: usize = 8;

/// Tokens that were granted, and are out until `expiry`.
#[derive(Clone, Copy)]
struct Window {
    expiry: f64,
    tokens: f64,
}

/// An instance that may use a share of the rate while it does not reach the store. The one without an
/// id stands for all that are not known.
#[derive(Clone, Copy)]
struct Member {
    id: f64,
    weight: f64,
    seen: f64,
}

impl Member {
    fn from(&self) -> f64 {
        if self.id == 0.0 { self.seen } else { self.seen + AFTER }
    }

    fn until(&self) -> f64 {
        self.seen + UNTIL
    }
}

struct State {
    x: f64,
    last: f64,
    average: f64,
    windows: Vec<Window>,
    members: Vec<Member>,
}

/// The arguments of the script, in their order.
struct Arguments<'a> {
    per: f64,
    unit: f64,
    burst: f64,
    span: f64,
    want: f64,
    least: f64,
    demand: f64,
    own: f64,
    random: f64,
    deadline: f64,
    strict: f64,
    member: f64,
    held: f64,
    debit: f64,
    reports: &'a [f64],
}

impl<'a> Arguments<'a> {
    fn read(arguments: &'a [f64]) -> Option<Self> {
        let (first, reports) = arguments.split_first_chunk::<14>()?;
        let [per, unit, burst, span, want, least, demand, own, random, rest @ ..] = *first;
        let [deadline, strict, member, held, debit] = rest;
        Some(Self {
            per,
            unit,
            burst,
            span,
            want,
            least,
            demand,
            own,
            random,
            deadline,
            strict,
            member,
            held,
            debit,
            reports,
        })
    }
}

/// Counts up to `n`.
fn count(n: f64) -> impl Iterator<Item = u32> {
    (0..).take_while(move |i| f64::from(*i) < n)
}

/// Returns false for a state that another program wrote, or that is cut off.
fn is_ours(state: &[f64]) -> bool {
    let Some((&[FORMAT, .., n], rest)) = state.split_first_chunk::<7>() else { return false };
    let numbers = rest.len() as f64 - 2.0 * n;
    (0.0..=MOST as f64).contains(&n)
        && n % 1.0 == 0.0
        && numbers >= 0.0
        && numbers % 3.0 == 0.0
        && state.iter().all(|number| number.is_finite())
}

impl State {
    /// Brings the state to `now`: refills from edge to edge, at each of which what may be there changes.
    /// One refill with the last cap would let through what was granted to expired windows twice.
    fn settle(&mut self, now: f64, per: f64, unit: f64, burst: f64) {
        loop {
            let mut edge = now;
            let mut before = |at: f64| {
                if at > self.last && at < edge {
                    edge = at;
                }
            };
            let (mut out, mut kept) = (0.0, 0.0);
            for window in &self.windows {
                before(window.expiry);
                if window.expiry > self.last {
                    out += window.tokens;
                }
            }
            for member in &self.members {
                before(member.from());
                before(member.until());
            }
            for member in &self.members {
                if member.from() <= self.last && member.until() > self.last {
                    kept += member.weight * (edge - self.last);
                    // Each may be a fraction of a token ahead of its share.
                    out += if member.id == 0.0 { member.weight * PARTS } else { 1.0 };
                }
            }
            let gained = max(0.0, per * (edge - self.last) - (per * kept).ceil());
            self.x = min(max(0.0, burst - out) * unit, self.x + gained);
            self.last = edge;
            if edge >= now {
                break;
            }
        }
        self.windows.retain(|window| window.expiry > now && window.tokens > 0.0);
        self.members.retain(|member| member.until() > now && member.weight > 0.0);
    }

    /// Reads a state, or begins one: of a key that has long been unused, all tokens are there. What an
    /// earlier epoch granted is not known, so all of it counts as out.
    fn read(state: Option<&[f64]>, moment: Moment, a: &Arguments<'_>) -> Self {
        let now = moment.now;
        let mut new = Self {
            x: 0.0,
            last: min(moment.born, now),
            average: 0.0,
            windows: Vec::new(),
            members: Vec::new(),
        };
        let mut out = new.last + 4.0 * a.span;
        let ours = state.filter(|state| is_ours(state)).and_then(|s| s.split_first_chunk::<7>());
        match (state, ours) {
            (None, _) => {}
            (_, Some((&[_, x, last, epoch, average, unit, n], rest))) => {
                let mut pairs = rest.chunks_exact(2).map(|w| Window { expiry: w[0], tokens: w[1] });
                let windows: Vec<_> = count(n).map_while(|_| pairs.next()).collect();
                let members = &rest[2 * windows.len()..];
                if epoch == moment.epoch {
                    (new.x, new.last, new.average) = (x, last, average);
                    if unit != a.unit {
                        let sign = if x < 0.0 { -1.0 } else { 1.0 };
                        new.x = sign * whole(sign * x, unit) * a.unit;
                    }
                    new.windows.extend(windows);
                    let members = members.chunks_exact(3);
                    new.members.extend(members.map(|m| Member {
                        id: m[0],
                        weight: m[1],
                        seen: m[2],
                    }));
                    return new;
                }
                new.last = max(new.last, min(last, now));
                out = new.last + 4.0 * a.span;
                out = windows.iter().fold(out, |out, window| max(out, window.expiry));
            }
            (Some(_), None) => {
                new.last = now;
                out = now + 4.0 * a.span;
            }
        }
        new.windows.push(Window { expiry: out, tokens: a.burst });
        if a.strict == 1.0 {
            new.members.push(Member { id: 0.0, weight: 1.0, seen: new.last });
        }
        new
    }

    /// Takes back tokens of windows that are still out, and counts those that were spent as no longer out.
    /// These may have been spent up to a microsecond after the time that the store calls now, so it is by this
    /// much later that more flows in.
    fn take_back(&mut self, unit: f64, reports: &[f64]) {
        let mut freed = 0.0;
        for report in reports.chunks_exact(3) {
            for window in &mut self.windows {
                if window.expiry == report[0] {
                    let n = min(max(0.0, report[1]), window.tokens);
                    window.tokens -= n;
                    self.x += n * unit;
                    let m = min(max(0.0, report[2]), window.tokens);
                    window.tokens -= m;
                    freed += m;
                }
            }
        }
        if freed > 0.0 {
            self.last += 1.0;
        }
    }

    /// Gives the member `id` a share of the rate, of which the shares of all are at most the whole, and
    /// returns it. Until the member has confirmed it, the larger of it and the one before is withheld.
    fn weigh(&mut self, now: f64, id: f64, mut held: f64, share: f64) -> f64 {
        let (mut others, mut mine, mut unknown) = (0.0, None, None);
        for (i, member) in self.members.iter().enumerate() {
            if member.id == id {
                mine = Some(i);
            } else if member.id == 0.0 {
                unknown = Some(i);
            } else {
                others += member.weight;
            }
        }
        if mine.is_none() {
            match unknown {
                Some(i) => self.members[i].weight = max(0.0, self.members[i].weight - held),
                None => held = 0.0,
            }
            self.members.push(Member { id, weight: 0.0, seen: now });
        }
        let mine = mine.unwrap_or(self.members.len() - 1);
        if let Some(i) = unknown {
            others += self.members[i].weight;
        }
        let free = max(0.0, 1.0 - others);
        let weight = min(free, (share * PARTS).floor() / PARTS);
        self.members[mine].weight = max(min(held, free), weight);
        self.members[mine].seen = now;
        weight
    }

    /// Returns when enough of what is out has ended that `n` tokens may be there.
    fn room_at(&self, now: f64, burst: f64, n: f64) -> f64 {
        let mut out = 0.0;
        for window in &self.windows {
            out += window.tokens;
        }
        let mut at = now;
        while burst - out < n {
            let mut next = f64::INFINITY;
            let mut tokens = 0.0;
            for window in &self.windows {
                if window.expiry > at && window.expiry < next {
                    (next, tokens) = (window.expiry, window.tokens);
                }
            }
            if next == f64::INFINITY {
                break;
            }
            out -= tokens;
            at = next;
        }
        at
    }

    /// Counts `n` tokens as out, and returns until when.
    fn grant(&mut self, now: f64, span: f64, n: f64) -> f64 {
        let expiry = (whole(now, span) + 4.0) * span;
        if let Some(window) = self.windows.iter_mut().find(|window| window.expiry == expiry) {
            window.tokens += n;
            return expiry;
        }
        // Only after changes of the rule: the two that end first become one.
        if self.windows.len() >= MOST {
            self.windows.sort_by(|a, b| a.expiry.total_cmp(&b.expiry));
            let first = self.windows.remove(0);
            self.windows[0].tokens += first.tokens;
        }
        self.windows.push(Window { expiry, tokens: n });
        expiry
    }

    fn write(&self, epoch: f64, unit: f64) -> Vec<f64> {
        let n = self.windows.len() as f64;
        let mut numbers = vec![FORMAT, self.x, self.last, epoch, self.average, unit, n];
        numbers.extend(self.windows.iter().flat_map(|w| [w.expiry, w.tokens]));
        numbers.extend(self.members.iter().flat_map(|m| [m.id, m.weight, m.seen]));
        numbers
    }
}

/// Grants a part of `want` tokens; see [`Lease`](super::Lease) for the arguments.
pub(super) fn apply(state: Option<&[f64]>, moment: Moment, arguments: &[f64]) -> Applied {
    let Some(a) = Arguments::read(arguments) else {
        return Applied { state: None, reply: Vec::new(), keep_ms: 0.0 };
    };
    let tau = 3.0 * a.span;
    let mut s = State::read(state, moment, &a);
    let now = max(moment.now, s.last);
    if a.deadline > 0.0 && now > a.deadline {
        let reply = vec![1.0, now, 0.0, 0.0, 0.0, 0.0, 0.0, a.random];
        return Applied { state: None, reply, keep_ms: 0.0 };
    }
    let passed = now - s.last;
    s.settle(now, a.per, a.unit, a.burst);
    s.take_back(a.unit, a.reports);
    s.x = max(-a.burst * a.unit, s.x - a.debit * a.unit);
    s.average = s.average * max(0.0, 1.0 - passed / tau) + a.demand;

    let all = max(s.average, a.own);
    let mut part = if all > 0.0 { a.own / all } else { 1.0 };
    if a.own == 0.0 && a.demand == 0.0 {
        part = 1.0;
    }
    let weight = if a.member > 0.0 { s.weigh(now, a.member, a.held, part) } else { 0.0 };

    let there = whole(max(0.0, s.x), a.unit);
    let share = (part * (a.per * tau + max(0.0, s.x)) / a.unit + a.random).floor();
    let mut n = max(0.0, min(min(a.want, there), share));
    if n < a.least {
        n = 0.0;
    }
    let (mut expiry, mut retry) = (0.0, 0.0);
    if n > 0.0 {
        s.x -= n * a.unit;
        expiry = s.grant(now, a.span, n);
    } else if a.want > 0.0 {
        let need = max(1.0, a.least) * a.unit - s.x;
        retry = if need > 0.0 { (need / a.per).ceil() } else { a.span };
        retry = retry + max(s.last, s.room_at(now, a.burst, max(1.0, a.least))) - now;
    }

    let fill = max(0.0, s.x) / (a.burst * a.unit);
    let reply = vec![0.0, now, n, expiry, retry, fill, weight, a.random];
    let full = ((a.burst * a.unit - min(0.0, s.x)) / a.per).ceil();
    let keep_ms = ((full + 4.0 * a.span + UNTIL) / 1000.0).ceil();
    Applied { state: Some(s.write(moment.epoch, a.unit)), reply, keep_ms }
}
