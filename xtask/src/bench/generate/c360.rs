//! Leads, 1.2 a person; an identity map of 97 % of the people; three transactions a person, of which 4 % are to be rejected; five
//! visits a person, of which 1 % are of nobody.

use std::io::Write as _;
use std::path::Path;

use super::facts::{Facts, MONTH};
use super::files::{Money, Spaced, after_start, create};
use super::people::{Person, recased};
use super::random::Random;

const STATUSES: &[&str] = &["Completed", "Pending", "Refunded"];

pub(super) fn c360(people: u64, folder: &Path) -> anyhow::Result<Facts> {
    let mut random = Random::new(5);
    let lead_sum = leads(&mut random, people, folder)?;

    let mut out = create(folder, "identity_map.csv")?;
    writeln!(out, "email,user_uuid")?;
    // People whom a row is certain for: those in the map have their lead's.
    let mut covered = vec![false; people as usize];
    for user in random.order(people) {
        if random.percent(97) {
            covered[user as usize] = true;
            writeln!(out, "{},{}", Person::of(user).email(), uuid(user))?;
        }
    }
    out.flush()?;

    let mut rows = people;
    let mut seen =
        |user: u64| rows += u64::from(!std::mem::replace(&mut covered[user as usize], true));
    let mut out = create(folder, "transactions.txt")?;
    writeln!(
        out,
        "transaction_id|user_uuid|status|amount|transaction_date"
    )?;
    let transactions = 3 * people;
    let mut rejected = 0;
    // Count and cents of each status.
    let mut sums = [(0, 0); STATUSES.len()];
    for transaction in 0..transactions {
        let (user, status, cents) = (
            random.below(people),
            random.below(3) as usize,
            random.cents(),
        );
        let amount = match random.below(100) {
            0 | 1 => format!("-{}", Money(cents)),
            2 => "N/A".to_owned(),
            3 => "0".to_owned(),
            _ => {
                seen(user);
                sums[status].0 += 1;
                sums[status].1 += cents;
                Money(cents).to_string()
            }
        };
        rejected += u64::from(matches!(amount.as_bytes(), [b'-' | b'N', ..] | b"0"));
        let at = Spaced(after_start((transaction * MONTH / transactions) as i64));
        let (user, status) = (uuid(user), STATUSES[status]);
        writeln!(out, "TX-{transaction}|{user}|{status}|{amount}|{at}")?;
    }
    out.flush()?;

    let mut out = create(folder, "web_activity.json")?;
    let visits = 5 * people;
    let mut page_views = 0;
    for visit in 0..visits {
        let (user, views) = (random.below(people), 1 + random.below(30));
        let at = after_start((visit * MONTH / visits) as i64);
        let uuid = if random.percent(1) {
            "null".to_owned()
        } else {
            seen(user);
            page_views += views;
            format!("\"{}\"", uuid(user))
        };
        writeln!(
            out,
            r#"{{"user_uuid":{uuid},"page_views":{views},"timestamp":"{at}Z"}}"#
        )?;
    }
    out.flush()?;
    let [completed, pending, _] = sums;
    Ok(vec![
        ("rejected", rejected),
        ("rows", rows),
        ("lead_sum", lead_sum),
        ("completed_count", completed.0),
        ("completed_cents", completed.1),
        ("pending_count", pending.0),
        ("pending_cents", pending.1),
        ("page_views", page_views),
    ])
}

/// Writes the leads. Returns the sum of the numbers of those that are the newest of their person.
fn leads(random: &mut Random, people: u64, folder: &Path) -> anyhow::Result<u64> {
    let mut out = create(folder, "crm_leads.csv")?;
    writeln!(out, "lead_id,name,email,creation_date")?;
    let count = people + people / 5;
    // No two leads are of the same minute.
    let ages = random.order(count);
    let mut newest: Vec<(u64, u64)> = vec![(u64::MAX, 0); people as usize];
    for lead in random.order(count) {
        let user = if lead < people {
            lead
        } else {
            random.below(people)
        };
        let age = ages[lead as usize];
        newest[user as usize] = newest[user as usize].min((age, lead));
        let person = Person::of(user);
        let name = recased(person.name(), random);
        let email = recased(person.email(), random);
        let blank = if random.percent(20) { " " } else { "" };
        let created = Spaced(after_start(-60 * age as i64));
        writeln!(out, "{lead},{name},{blank}{email}{blank},{created}")?;
    }
    out.flush()?;
    Ok(newest.iter().map(|(_, lead)| lead).sum())
}

fn uuid(user: u64) -> String {
    format!("00000000-0000-4000-8000-{user:012}")
}
