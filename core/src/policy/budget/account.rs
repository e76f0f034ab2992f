use super::deposits::SLOTS;
use super::options::UNIT;

/// The extra calls that a budget has granted.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Granted and not sent yet. These count until they are sent or given back, however long that takes.
    pending: u64,
    /// Sent, by slot modulo the length. One slot more than deposits have: a deposit counts for at most
    /// the budget's `ttl`, an extra call for at least that.
    sent: [u64; KEPT],
    /// The latest slot that was seen. Time does not go back, whichever thread brings it.
    slot: u64,
    pub(super) withdrawn: u64,
    pub(super) exhausted: u64,
}

#[expect(clippy::cast_possible_truncation, reason = "a small constant")]
const KEPT: usize = SLOTS as usize + 1;

impl Account {
    /// Moves on to `slot`, if that is later.
    pub(super) fn roll(&mut self, slot: u64) -> u64 {
        let passed = slot.saturating_sub(self.slot).min(KEPT as u64);
        for back in 0..passed {
            self.sent[Self::index(slot - back)] = 0;
        }
        self.slot = self.slot.max(slot);
        self.slot
    }

    /// Returns the units left of `deposited` ones.
    pub(super) fn balance(&self, deposited: u64) -> u64 {
        let taken = self.pending + self.sent.iter().sum::<u64>();
        deposited.saturating_sub(UNIT.saturating_mul(taken))
    }

    /// Grants an extra call if the balance allows one.
    pub(super) fn withdraw(&mut self, deposited: u64) -> bool {
        let granted = self.balance(deposited) >= UNIT;
        if granted {
            self.pending += 1;
        } else {
            self.exhausted += 1;
        }
        granted
    }

    /// Counts an extra call that was granted as sent, in the current slot.
    pub(super) fn send(&mut self) {
        self.pending = self.pending.saturating_sub(1);
        self.sent[Self::index(self.slot)] += 1;
        self.withdrawn += 1;
    }

    /// Takes back an extra call that was granted and not sent.
    pub(super) fn give_back(&mut self) {
        self.pending = self.pending.saturating_sub(1);
    }

    fn index(slot: u64) -> usize {
        usize::try_from(slot % KEPT as u64).unwrap_or(0)
    }
}
