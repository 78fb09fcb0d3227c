//! Three transactions and ten events a customer within two days, none of them sorted; 1 % of the transactions are of nobody who is
//! known, and most events have no transaction of their customer within an hour.

use std::io::Write as _;
use std::path::Path;

use super::facts::Facts;
use super::files::{Money, Spaced, after_start, create};
use super::people::Person;
use super::random::Random;

const REGIONS: &[&str] = &["North", "South", "East", "West"];
const TYPES: &[&str] = &["click", "support", "purchase"];
const TWO_DAYS: u64 = 2 * 24 * 3600;
const TOLERANCE: u64 = 3600;

pub(super) fn stream(people: u64, folder: &Path) -> anyhow::Result<Facts> {
    let mut random = Random::new(2);
    let mut out = create(folder, "source_customers.csv")?;
    writeln!(out, "customer_id,name,region")?;
    for customer in 0..people {
        let (name, region) = (Person::of(customer).first, random.pick(REGIONS));
        writeln!(out, "{customer},{name},{region}")?;
    }
    out.flush()?;

    let mut out = create(folder, "source_transactions.csv")?;
    writeln!(out, "transaction_id,customer_id,timestamp,amount")?;
    let transactions = 3 * people;
    let mut times: Vec<Vec<u64>> = vec![Vec::new(); people as usize];
    let (mut with_region, mut low) = (0, 0);
    for transaction in random.order(transactions) {
        let customer = random.below(people + people.div_ceil(100));
        let (time, cents) = (random.below(TWO_DAYS), random.cents());
        let (at, amount) = (Spaced(after_start(time as i64)), Money(cents));
        writeln!(out, "{transaction},{customer},{at},{amount}")?;
        low += u64::from(cents <= 50_00);
        if let Some(times) = times.get_mut(customer as usize) {
            with_region += 1;
            times.push(time);
        }
    }
    out.flush()?;

    let mut out = create(folder, "stream_events.csv")?;
    writeln!(out, "event_id,customer_id,event_type,event_time")?;
    let events = 10 * people;
    let (mut matched, mut gap_seconds) = (0, 0);
    for event in random.order(events) {
        let (customer, time) = (random.below(people), random.below(TWO_DAYS));
        let (kind, at) = (random.pick(TYPES), Spaced(after_start(time as i64)));
        writeln!(out, "{event},{customer},{kind},{at}")?;
        let gaps = times[customer as usize]
            .iter()
            .map(|other| other.abs_diff(time));
        if let Some(gap) = gaps.min().filter(|gap| *gap <= TOLERANCE) {
            matched += 1;
            gap_seconds += gap;
        }
    }
    out.flush()?;
    Ok(vec![
        ("transactions", transactions),
        ("with_region", with_region),
        ("low", low),
        ("events", events),
        ("matched", matched),
        ("gap_seconds", gap_seconds),
    ])
}
