use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seawall_core::Tick;

use super::link::{Link, Network};
use super::server::Server;
use super::tasks::Tasks;
use super::{Call, FaultKind, Instance, Plan, Report, Setup};
use crate::ManualClock;
use crate::law::Random;

/// Runs `plan`, with instances that `start` starts, and returns what happened.
///
/// # Panics
/// If an instance's code does.
pub fn simulate<I: Instance>(plan: &Plan, start: impl Fn(Setup) -> I) -> Report {
    let time = ManualClock::new();
    let mut random = Random::new(plan.seed);
    let edges = edges(plan, &mut random);
    let network = Arc::new(Network {
        plan: plan.clone(),
        server: Server::new(),
        clock: time.clock(),
        tasks: Tasks::default(),
        random: Mutex::new(random.clone()),
        requests: Mutex::new(vec![0; plan.instances]),
    });
    let mut run = Run {
        network: &network,
        start,
        random,
        instances: (0..plan.instances).map(|_| None).collect(),
        crashes: vec![0; plan.instances],
        calls: Arc::default(),
    };
    for instance in 0..plan.instances {
        run.begin(instance);
    }
    for (at, edge) in edges {
        let at = Tick::ZERO + at;
        network.tasks.run();
        while time.next_sleeper().is_some_and(|next| next < at) {
            time.advance_to_next();
            network.tasks.run();
        }
        time.advance_to(at);
        network.tasks.run();
        run.act(edge);
    }
    network.tasks.run();
    network.tasks.clear();
    let calls = std::mem::take(&mut *run.calls.lock().unwrap_or_else(PoisonError::into_inner));
    let requests = network.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Report { calls, requests }
}

/// What the simulation does at a time.
#[derive(Clone, Copy)]
enum Edge {
    Arrival(usize),
    Start(usize),
    Fault(FaultKind),
    End,
}

/// Returns all that happens, in the order of time.
fn edges(plan: &Plan, random: &mut Random) -> Vec<(Duration, Edge)> {
    let mut edges = vec![(plan.length, Edge::End)];
    for fault in &plan.faults {
        edges.push((fault.at, Edge::Fault(fault.kind)));
        if let FaultKind::Crash(instance) = fault.kind {
            edges.push((fault.at + fault.lasts, Edge::Start(instance)));
        }
    }
    for instance in 0..plan.instances {
        let arrivals = plan.load.arrivals(instance, plan.instances, plan.length, random);
        edges.extend(arrivals.into_iter().map(|at| (at, Edge::Arrival(instance))));
    }
    edges.sort_by_key(|(at, _)| *at);
    let after = edges.iter().position(|(_, edge)| matches!(edge, Edge::End));
    edges.truncate(after.map_or(0, |end| end + 1));
    edges
}

struct Run<'a, I, S> {
    network: &'a Arc<Network>,
    start: S,
    random: Random,
    instances: Vec<Option<Arc<I>>>,
    crashes: Vec<usize>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl<I: Instance, S: Fn(Setup) -> I> Run<'_, I, S> {
    fn act(&mut self, edge: Edge) {
        let (now, server) = (self.network.clock.now(), &self.network.server);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        match edge {
            Edge::Arrival(instance) => self.arrive(instance),
            Edge::Start(instance) => self.begin(instance),
            Edge::End => {}
            Edge::Fault(FaultKind::Crash(instance)) => self.crash(instance),
            Edge::Fault(FaultKind::FailOver(lag)) => server.fail_over(now, lag),
            Edge::Fault(FaultKind::RestartEmpty) => server.restart_empty(now),
            Edge::Fault(FaultKind::ClockBack(by)) => server.step_clock(-micros(by).round()),
            Edge::Fault(FaultKind::ClockForward(by)) => server.step_clock(micros(by).round()),
            Edge::Fault(FaultKind::Evict) => server.evict(),
            // The network looks for these.
            Edge::Fault(_) => {}
        }
    }

    fn begin(&mut self, index: usize) {
        if self.instances[index].is_some() {
            return;
        }
        let seed = (self.random.part() * 2_f64.powi(31)).to_bits();
        let store = Arc::new(Link { instance: index, network: Arc::clone(self.network) });
        let clock = self.network.clock.clone();
        let setup = Setup { index, crashes: self.crashes[index], store, clock, seed };
        let instance = Arc::new((self.start)(setup));
        self.network.tasks.spawn(Some(index), instance.background());
        self.instances[index] = Some(instance);
    }

    fn crash(&mut self, index: usize) {
        self.instances[index] = None;
        self.crashes[index] += 1;
        let now = self.now();
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        for call in calls.iter_mut().filter(|call| call.instance == index) {
            if call.admitted.is_some() {
                call.ended.get_or_insert(now);
            }
        }
        drop(calls);
        self.network.tasks.kill(index);
    }

    fn arrive(&mut self, index: usize) {
        let arrived = self.now();
        let lasts = self.random.part();
        let calls = Arc::clone(&self.calls);
        let number = {
            let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(Call { instance: index, arrived, admitted: None, ended: None });
            calls.len() - 1
        };
        let Some(instance) = &self.instances[index] else { return };
        let (call, lasts) = (instance.call(), instance.lasts(lasts));
        let clock = self.network.clock.clone();
        self.network.tasks.spawn(Some(index), async move {
            let now = || clock.now().since(Tick::ZERO);
            let write = |write: &dyn Fn(&mut Call)| {
                write(&mut calls.lock().unwrap_or_else(PoisonError::into_inner)[number]);
            };
            let Some(held) = call.await else { return };
            let admitted = now();
            write(&|call| call.admitted = Some(admitted));
            if !lasts.is_zero() {
                clock.sleep_until(clock.now() + lasts).await;
            }
            drop(held);
            let ended = now();
            write(&|call| call.ended = Some(ended));
        });
        self.network.tasks.run();
    }

    fn now(&self) -> Duration {
        self.network.clock.now().since(Tick::ZERO)
    }
}
