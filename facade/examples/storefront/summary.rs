use std::time::Duration;

use seawall::Component;

use crate::journal::{Sample, percentile};
use crate::phase::Phase;
use crate::side::Record;

/// Prints both records side by side, and their difference in words.
pub(crate) fn print(with: &Record, without: &Record) {
    println!("\n{:58}{:>14}{:>12}", "WHAT BECAME OF THE ORDERS", "with Seawall", "without");
    let row = |name: &str, of: &dyn Fn(&Record) -> String| {
        println!("  {name:56}{:>14}{:>12}", of(with), of(without));
    };
    let placed = |greedy| move |s: &Sample| s.is_placed() && s.order.is_greedy() == greedy;
    row("placed, of ordinary customers", &|r| r.count(placed(false)).to_string());
    row("placed, of the greedy one", &|r| r.count(placed(true)).to_string());
    row("refused early, to be sent again later", &|r| r.count(Sample::is_refused).to_string());
    row("  because the customer sent too many (rate limit)", &|r| {
        r.count(|s| s.is_refused_by(Component::RateLimiter)).to_string()
    });
    row("failed, or given up by a customer who waited too long", &|r| {
        r.count(Sample::is_failed).to_string()
    });
    row("never placed although the card was charged", &|r| r.charged_for_nothing().to_string());

    row("connections to the database opened for that", &|r| r.connections.to_string());

    println!("\nWHAT THE OUTAGE WAS LIKE (slow, failing and killed)");
    row("served while payments were only slow", &|r| served_slowly(r).to_string());
    row("wait for an answer: half of the customers", &|r| seconds(outage(r, 50)));
    row("wait for an answer: 99 of 100 customers", &|r| seconds(outage(r, 99)));
    row("maximum number of customers waiting at once", &|r| r.max_waiting.to_string());
    row("calls sent to the sick payment service", &|r| r.sent_when_sick.to_string());
    row("first order placed after its restart", &|r| r.back_after.map_or("never".into(), seconds));
    words(with, without);
}

fn words(with: &Record, without: &Record) {
    let percent = 100 * without.sent_when_sick.saturating_sub(with.sent_when_sick)
        / without.sent_when_sick.max(1);
    let refused = with.samples.iter().filter(|sample| sample.is_refused());
    println!(
        "\nSaved: {} orders from an error or no answer, {} customers from paying for nothing, and the \
         sick payment\nservice from {percent} % of the calls. 99 of 100 refusals came within {}.",
        without.count(Sample::is_failed).saturating_sub(with.count(Sample::is_failed)),
        without.charged_for_nothing().saturating_sub(with.charged_for_nothing()),
        seconds(percentile(refused, 99)),
    );
    if let (Some(with), Some(without)) = (with.back_after, without.back_after) {
        println!(
            "The price: after the restart it took {} until a probe was due and closed the circuit.",
            seconds(with.saturating_sub(without)),
        );
    }
}

/// Returns the number of orders that were served while payments were slow.
pub(crate) fn served_slowly(record: &Record) -> usize {
    record.count(|sample| sample.phase() == Phase::Slow && sample.is_served())
}

/// Returns the time within which `percent` of the customers in the outage had an answer.
pub(crate) fn outage(record: &Record, percent: usize) -> Duration {
    percentile(record.samples.iter().filter(|sample| sample.phase().is_outage()), percent)
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
