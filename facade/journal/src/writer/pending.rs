use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;

use seawall_core::error_text;

use super::Inner;
use crate::noted::Noted;
use crate::queue::Batch;
use crate::record::nanos;
use crate::{JournalError, Lost, Record};

/// Records that were not stored yet.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) records: Arc<[Record]>,
    /// Of each event, whether it is a change.
    are_changes: Arc<[bool]>,
    changes: u64,
    calls: u64,
    lost: Lost,
}

impl Inner {
    /// Returns what is to be written next; it stays pending until it is settled.
    pub(super) fn pending(&self) -> Option<Pending> {
        let mut state = self.lock();
        if state.pending.is_none() && self.queue.len() > 0 {
            let batch = self.queue.take(self.options.batch);
            let lost = self.queue.lost();
            let are_changes = batch.events.iter().map(Noted::is_change).collect();
            let records = batch.events.into_iter().map(|noted| {
                let at = nanos(self.wall_time(noted.at));
                noted.into_record(at)
            });
            let lost_record = (lost != state.reported).then(|| self.lost(lost, state.reported));
            let records = records.chain(lost_record).collect();
            let Batch { changes, calls, .. } = batch;
            state.pending = Some(Pending { records, are_changes, changes, calls, lost });
        }
        state.pending.clone()
    }

    fn lost(&self, lost: Lost, reported: Lost) -> Record {
        let at = self.wall_time(self.clock.now());
        let mut record = Record::new(at, "seawall.journal.events_lost", "journal", "journal");
        let mut add = |name: &str, count: u64| record.detail.insert(name.to_owned(), count.into());
        add("changes", lost.changes - reported.changes);
        add("calls", lost.calls - reported.calls);
        record
    }

    pub(super) fn fail(&self, error: &JournalError) {
        self.lock().last_error = Some(error_text(error));
    }

    /// Counts a batch as written, without the records that the journal has refused.
    pub(super) fn settle(&self, pending: &Pending, refused: &[usize]) {
        let Pending { changes, calls, lost, .. } = *pending;
        let refused: Vec<bool> =
            refused.iter().filter_map(|nth| pending.are_changes.get(*nth).copied()).collect();
        refused.iter().for_each(|is_change| self.queue.refuse(*is_change));
        self.written.fetch_add(changes + calls - refused.len() as u64, Ordering::Relaxed);
        self.queue.settle(changes, calls);
        let mut state = self.lock();
        state.pending = None;
        state.reported = lost;
        state.last_error = None;
        let flushing = std::mem::take(&mut state.flushing);
        drop(state);
        flushing.into_iter().for_each(Waker::wake);
    }
}
