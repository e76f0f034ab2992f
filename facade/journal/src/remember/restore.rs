use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use seawall::{Component, Layer};
use seawall_breaker::{Snapshot, State as Circuit};

use super::{Inner, KeptControl, Remember, Restored, State};
use crate::record::nanos;
use crate::{JournalError, Record};

/// What is restored after a restart.
impl Remember {
    pub(super) async fn restore_at(&self, now: SystemTime) -> Result<Vec<Restored>, JournalError> {
        let inner = &*self.0;
        // What was not read must not be written over.
        inner.is_unread.store(true, Ordering::Relaxed);
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for layer in inner.infra.remembered() {
            let Some(kept) = inner.journal.kept(inner.key(&layer)).await? else { continue };
            let mut reasons = Vec::new();
            match serde_json::from_str::<State>(&kept.json) {
                Ok(state) => {
                    all.extend(inner.restore(layer.clone(), state, kept.at_ns, now, &mut reasons));
                }
                Err(error) => reasons.push(format!("what was kept cannot be read: {error}")),
            }
            problems.extend(reasons.into_iter().map(|reason| not_restored(&layer, reason, now)));
        }
        inner.is_unread.store(false, Ordering::Relaxed);
        if !problems.is_empty() {
            // A journal that can be read but not written restores all the same.
            let _told = inner.journal.store_batch(problems.into()).await;
        }
        Ok(all)
    }
}

impl Inner {
    /// Restores what was kept of a component at `at_ns`, and adds to `problems` why something was not.
    fn restore(
        &self,
        layer: Layer,
        state: State,
        at_ns: u64,
        now: SystemTime,
        problems: &mut Vec<String>,
    ) -> Option<Restored> {
        // If the clock was set back, no more is left of a time than was left when it was kept.
        let (ahead, now) = (at_ns.saturating_sub(nanos(now)), nanos(now).max(at_ns));
        let (ahead, age) = (Duration::from_nanos(ahead), Duration::from_nanos(now - at_ns));
        let mut restored = Restored { layer, age, state: None, control: Vec::new() };
        if let Some(circuit) = state.circuit {
            match self.restore_circuit(&restored.layer, &circuit, age, ahead) {
                Ok(()) => restored.state = Some(circuit.state.as_str().to_owned()),
                Err(_) if is_fresh(&circuit) => (),
                Err(problem) => problems.push(problem),
            }
        }
        for kept in state.control {
            let left = kept.until_ns.map(|until| until.saturating_sub(now));
            if left == Some(0) {
                continue;
            }
            match self.restore_control(&restored.layer, &kept, left) {
                Ok(()) => restored
                    .control
                    .push(format!("{} by {}: {}", kept.action, kept.by, kept.reason)),
                Err(problem) => {
                    problems.push(format!("`{}` by {}: {problem}", kept.action, kept.by));
                }
            }
        }
        (restored.state.is_some() || !restored.control.is_empty()).then_some(restored)
    }

    fn restore_circuit(
        &self,
        layer: &Layer,
        circuit: &Snapshot,
        age: Duration,
        ahead: Duration,
    ) -> Result<(), String> {
        if layer.component() != Component::CircuitBreaker {
            return Err("what was kept is the state of a circuit breaker".to_owned());
        }
        if age > self.max_age {
            return Err(format!("the circuit was kept {} s ago", age.as_secs()));
        }
        if ahead > self.max_age {
            let ahead = ahead.as_secs();
            return Err(format!(
                "the circuit was kept {ahead} s in the future: the clock was set back"
            ));
        }
        let imported = self.infra.import(layer.name(), &older(circuit.clone(), age));
        imported.map_err(|error| error.to_string())
    }

    fn restore_control(
        &self,
        layer: &Layer,
        kept: &KeptControl,
        left_ns: Option<u64>,
    ) -> Result<(), String> {
        let control = self.infra.control(&*kept.by, &*kept.reason);
        let control = control.component(layer.component(), layer.name().as_str());
        let control = match left_ns {
            Some(left) => control.expires_after(Duration::from_nanos(left)),
            None => control,
        };
        let done = match (&*kept.action, kept.limit) {
            ("force_open", _) => control.force_open(),
            ("force_closed", _) => control.force_closed(),
            ("observe", _) => control.observe(),
            ("resize", Some(limit)) => control.resize(limit),
            _ => return Err("this version does not know it".to_owned()),
        };
        done.map_err(|error| error.to_string())
    }
}

/// Returns true for a circuit as every new one is: there is nothing to restore.
fn is_fresh(circuit: &Snapshot) -> bool {
    let mut fresh = Snapshot::new(Circuit::Closed);
    fresh.since = circuit.since;
    *circuit == fresh
}

/// Returns a snapshot as it would be `age` later.
fn older(mut circuit: Snapshot, age: Duration) -> Snapshot {
    let longest = Duration::from_secs(10 * 365 * 24 * 3600);
    circuit.open_for = circuit.open_for.saturating_sub(age);
    let times = circuit.failures.iter_mut().chain([&mut circuit.since]);
    times.for_each(|time| *time = time.saturating_add(age).min(longest));
    circuit
}

/// Returns the record of a component that is not as it was kept.
fn not_restored(layer: &Layer, reason: String, at: SystemTime) -> Record {
    let (component, name) = (layer.component().as_str(), layer.name().as_str());
    let mut record = Record::new(at, "seawall.journal.not_restored", component, name);
    record.detail.insert("reason".to_owned(), reason.into());
    record
}
