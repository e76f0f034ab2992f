use std::time::Duration;

use seawall_store::permits::Hold;

use crate::random::Random;

/// Makes a request of one of some instances, whose numbers are those of the time, at times of another
/// maximum.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are positive")]
pub(crate) fn arguments(random: &mut Random, now: f64) -> Vec<f64> {
    let below = |random: &mut Random, end| u32::try_from(random.below(end)).expect("it is small");
    let late = (now - 1e5) as u64;
    let hold = Hold {
        most: if random.below(40) == 0 { 1 + below(random, 100) } else { 20 },
        life: Duration::from_millis(if random.below(40) == 0 { 300 } else { 1000 }),
        member: 1 + random.below(5),
        number: late + random.below(200_000),
        held: below(random, 10),
        used: below(random, 10) * below(random, 2),
        want: below(random, 15),
        deadline: if random.below(6) == 0 { late + random.below(200_000) } else { 0 },
    };
    hold.arguments().to_vec()
}
