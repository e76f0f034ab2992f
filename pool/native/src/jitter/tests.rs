use super::*;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn times_are_shortened_by_up_to_the_percentage() {
    let jitter = Jitter::random();
    let shorten = |number, percent| {
        jitter.replace(move || number);
        jitter.shorten(MINUTE, percent)
    };
    assert_eq!(shorten(0, 10), MINUTE);
    assert_eq!(shorten(PARTS, 10), Duration::from_secs(54));
    assert_eq!(shorten(PARTS / 2, 10), Duration::from_secs(57));
    assert_eq!(shorten(PARTS, 200), Duration::ZERO);
    assert_eq!(shorten(PARTS, 0), MINUTE);
}

#[test]
fn random_numbers_vary() {
    let jitter = Jitter::random();
    let times = [(); 100].map(|()| jitter.shorten(MINUTE, 50));
    assert!(times.iter().all(|time| (MINUTE / 2..=MINUTE).contains(time)), "{times:?}");
    assert!(times.iter().any(|time| *time != times[0]));
}
