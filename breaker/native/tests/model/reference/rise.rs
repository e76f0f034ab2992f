use crate::terms::Slope;

/// All calls that have asked on one ramp.
#[derive(Clone, Debug, Default)]
pub(super) struct Rise(Vec<Ask>);

/// A call that asked: when, what part of a million it was due, and what let it through.
#[derive(Clone, Copy, Debug)]
struct Ask {
    at: i64,
    share: i64,
    through: Option<By>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Share,
    Floor,
}

const MILLION: i64 = 1_000_000;

impl Rise {
    /// Returns true if a call may go through.
    pub(super) fn ask(&mut self, slope: Slope, since: i64, now: i64) -> bool {
        let share = ((now - since) * MILLION / slope.over).min(MILLION);
        // All that was due and not had since the floor last let one through.
        let had = |ask: &Ask| if ask.through.is_some() { MILLION } else { 0 };
        let lately = self.0.iter().rev().take_while(|ask| ask.through != Some(By::Floor));
        let due: i64 = lately.map(|ask| ask.share - had(ask)).sum();
        let last = self.0.iter().rev().find(|ask| ask.through.is_some());
        let floor = slope.apart.is_some_and(|apart| last.is_none_or(|last| now - last.at >= apart));
        let through = match () {
            () if due + share >= MILLION => Some(By::Share),
            () if floor => Some(By::Floor),
            () => None,
        };
        self.0.push(Ask { at: now, share, through });
        through.is_some()
    }
}
