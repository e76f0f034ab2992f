use std::time::Duration;

use seawall_breaker::{Backoff, BreakerOptions, Probes, Ramp, Ratio};

/// Options as the model knows them. Times are milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) failures: usize,
    pub(crate) window: i64,
    pub(crate) streak: usize,
    /// Failures among the last calls: how many failures of how many calls.
    pub(crate) recent: Option<(usize, usize)>,
    /// How long it stays open the first time, and at the most: twice as long each time.
    pub(crate) reset: (i64, i64),
    pub(crate) heal: Option<i64>,
    pub(crate) probes: usize,
    /// The part of them that has to succeed, and how many that are.
    pub(crate) percent: u32,
    pub(crate) needed: usize,
    pub(crate) lease: i64,
    pub(crate) ramp: Option<Slope>,
}

/// A ramp: how long it lasts, and after how long the floor lets the next call through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slope {
    pub(crate) over: i64,
    pub(crate) apart: Option<i64>,
}

/// Those between which it is changed: each two differ in some parts and not in others.
pub(crate) const ALL: [Terms; 4] = [
    Terms {
        failures: 3,
        window: 50,
        streak: 5,
        recent: Some((3, 5)),
        reset: (20, 20),
        heal: None,
        probes: 3,
        percent: 60,
        needed: 2,
        lease: 30,
        ramp: None,
    },
    Terms {
        failures: 2,
        window: 30,
        streak: 3,
        recent: None,
        reset: (10, 40),
        heal: Some(25),
        probes: 1,
        percent: 100,
        needed: 1,
        lease: 20,
        ramp: None,
    },
    Terms {
        failures: 4,
        window: 80,
        streak: 6,
        recent: Some((2, 3)),
        reset: (20, 20),
        heal: None,
        probes: 2,
        percent: 50,
        needed: 1,
        lease: 40,
        ramp: Some(Slope { over: 60, apart: Some(20) }),
    },
    Terms {
        failures: 3,
        window: 50,
        streak: 4,
        recent: Some((4, 7)),
        reset: (10, 40),
        heal: Some(60),
        probes: 4,
        percent: 75,
        needed: 3,
        lease: 30,
        ramp: Some(Slope { over: 40, apart: None }),
    },
];

impl Terms {
    /// How long it stays open the n-th time.
    pub(crate) fn backoff(&self, attempt: u32) -> i64 {
        let (first, most) = self.reset;
        (0..attempt).fold(first, |wait, _| (2 * wait).min(most))
    }

    pub(crate) fn options(&self) -> BreakerOptions {
        let count = |count: usize| u32::try_from(count).expect("small");
        let (first, most) = self.reset;
        let reset = Backoff::exponential(millis(first), millis(most));
        let probes = Probes::new(count(self.probes), Ratio::percent(self.percent));
        let mut options = BreakerOptions::new("model")
            .failures(count(self.failures))
            .window(millis(self.window))
            .consecutive_failures(count(self.streak))
            .reset(reset)
            .probes(probes.with_lease(millis(self.lease)));
        if let Some((failures, calls)) = self.recent {
            options = options.recent_failures(count(failures), count(calls));
        }
        if let Some(heal) = self.heal {
            options = options.heal_after(millis(heal));
        }
        if let Some(Slope { over, apart }) = self.ramp {
            let floor = apart.map_or(0, |apart| 1000 / apart);
            options = options.ramp(Ramp::new(millis(over), u32::try_from(floor).expect("small")));
        }
        options
    }
}

pub(crate) fn millis(millis: i64) -> Duration {
    Duration::from_millis(millis.try_into().expect("not before"))
}
