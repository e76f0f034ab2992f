use super::*;

fn record(uses: &mut RecentUses, millis: u64, times: usize, was_cut: bool) {
    let bucket = DurationHistogram::bucket(Duration::from_millis(millis));
    (0..times).for_each(|_| uses.record(bucket, was_cut));
}

#[test]
fn the_median_of_the_last_uses_is_needed() {
    let mut uses = RecentUses::new();
    record(&mut uses, 20, 7, false);
    assert_eq!(uses.needed(), Duration::ZERO, "too few");
    record(&mut uses, 20, 57, false);
    let median = uses.needed();
    assert!(median <= Duration::from_millis(20) && median > Duration::from_millis(13));
    record(&mut uses, 500, 24, false);
    assert_eq!(uses.needed(), median, "most are short");
    record(&mut uses, 500, 16, false);
    assert!(uses.needed() > Duration::from_millis(300));
}

#[test]
fn more_than_the_median_is_needed_while_many_uses_are_cut() {
    let mut uses = RecentUses::new();
    record(&mut uses, 20, 50, false);
    record(&mut uses, 500, 14, true);
    assert!(uses.needed() > Duration::from_millis(300));
    record(&mut uses, 20, 64, false);
    assert!(uses.needed() <= Duration::from_millis(20), "none is cut any more");
}
