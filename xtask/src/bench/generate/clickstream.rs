//! Ten events a user; 2 % are of nobody who is known, a tenth of the users has no profile, six tenths no campaign.

use std::path::Path;

use super::facts::{Facts, MONTH};
use super::files::{Array, after_start};
use super::people::Person;
use super::random::Random;

const TYPES: &[&str] = &[
    "page_view",
    "click",
    "scroll",
    "form_submit",
    "download",
    "logout",
];
const CHANNELS: &[&str] = &[
    "email",
    "social",
    "affiliate",
    "search",
    "display",
    "direct",
];

pub(super) fn clickstream(people: u64, folder: &Path) -> anyhow::Result<Facts> {
    let mut random = Random::new(1);
    let mut profiles = Array::create(folder, "user_profile_v1.json", "[", "]")?;
    let mut campaigns = Array::create(folder, "marketing_data_v1.json", "[", "]")?;
    // Of each person: whether there is a profile, and the number of the campaign.
    let mut known: Vec<(bool, Option<u64>)> = Vec::new();
    for user in 0..people {
        let profile = random.percent(90);
        if profile {
            let person = Person::of(user);
            profiles.push(format_args!(
                r#"{{"user_id":"user{user:09}","email":"{}","signup_date":"{}"}}"#,
                person.email(),
                person.signup
            ))?;
        }
        let campaign = random.percent(40).then(|| random.below(500));
        if let Some(campaign) = campaign {
            let channel = random.pick(CHANNELS);
            campaigns.push(format_args!(
                r#"{{"user_id":"user{user:09}","campaign_id":"cmp{campaign:03}","channel":"{channel}"}}"#
            ))?;
        }
        known.push((profile, campaign));
    }
    profiles.finish()?;
    campaigns.finish()?;

    let mut out = Array::create(folder, "clickstream_v1.json", "[", "]")?;
    let events = 10 * people;
    let (mut with_email, mut people_sum, mut with_campaign, mut campaign_sum) = (0, 0, 0, 0);
    for event in 0..events {
        let user = random.below(people + people.div_ceil(50));
        let late = if random.percent(1) {
            random.below(3600)
        } else {
            0
        };
        let time = after_start((event * MONTH / events) as i64 - late as i64);
        let kind = random.pick(TYPES);
        out.push(format_args!(
            r#"{{"event_id":"evt{event}","user_id":"user{user:09}","event_type":"{kind}","event_timestamp":"{time}Z"}}"#
        ))?;
        let (profile, campaign) = known.get(user as usize).copied().unwrap_or_default();
        if profile {
            with_email += 1;
            people_sum += user;
        }
        if let Some(campaign) = campaign {
            with_campaign += 1;
            campaign_sum += campaign;
        }
    }
    out.finish()?;
    Ok(vec![
        ("events", events),
        ("with_email", with_email),
        ("people_sum", people_sum),
        ("with_campaign", with_campaign),
        ("campaign_sum", campaign_sum),
    ])
}
