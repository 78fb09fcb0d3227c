//! A CRM with seven tenths of the people, 5 % of them twice, and a shop with half of them. Records of a person share the e-mail
//! address up to case, or the phone number up to format, or both; a few share neither and stay two customers.

use std::io::Write as _;
use std::path::Path;

use super::facts::Facts;
use super::files::{Array, create};
use super::people::{Person, recased};
use super::random::Random;

pub(super) fn master(people: u64, folder: &Path) -> anyhow::Result<Facts> {
    let mut random = Random::new(4);
    let mut crm: Vec<String> = Vec::new();
    let mut shop = Array::create(
        folder,
        "ecommerce_customers.json",
        "{\n\"customers\": [",
        "]\n}",
    )?;
    let (mut orders, mut customers, mut merged) = (0, 0, 0);
    for number in 0..people {
        let person = Person::of(number);
        let mut records = Vec::new();
        let copies = u64::from(random.percent(70)) * (1 + u64::from(random.percent(5)));
        for _ in 0..copies {
            let (no_phone, no_email) = (random.percent(5), random.percent(3));
            let record = (!no_email || no_phone, !no_phone);
            let email = if record.0 {
                recased(person.email(), &mut random)
            } else {
                String::new()
            };
            let phone = if record.1 {
                person.phone(&mut random)
            } else {
                String::new()
            };
            let id = crm.len() + 1;
            let name = recased(person.name(), &mut random);
            let signup = person.signup_as_typed(&mut random);
            let status = if random.percent(30) {
                "inactive"
            } else {
                "active"
            };
            crm.push(format!(
                "CRM{id:08},{name},{email},{phone},{signup},{status}"
            ));
            records.push(record);
        }
        if random.percent(50) {
            orders += 1;
            let has_phone = !random.percent(3);
            let phone = if has_phone {
                format!("\"{}\"", person.phone(&mut random))
            } else {
                "null".to_owned()
            };
            let (first, last, email) = (person.first, &person.last, person.email());
            let (signup, count) = (person.signup, random.below(20));
            shop.push(format_args!(
                r#"{{"id": "EC{orders:08}", "name": {{"first": "{first}", "last": "{last}"}}, "contact": {{"email": "{email}", "phone": {phone}}}, "registered": "{signup}T00:00:00Z", "orders_count": {count}}}"#
            ))?;
            records.push((true, has_phone));
        }
        let (found, of_several) = customers_among(&records);
        customers += found;
        merged += of_several;
    }
    shop.finish()?;
    random.shuffle(&mut crm);
    let mut out = create(folder, "crm_customers.csv")?;
    writeln!(out, "customer_id,full_name,email,phone,signup_date,status")?;
    for row in crm {
        writeln!(out, "{row}")?;
    }
    out.flush()?;
    Ok(vec![("customers", customers), ("merged", merged)])
}

/// How many customers the records of one person are, and how many of those have several records. A record is whether it has the
/// e-mail address and whether it has the phone number; it has one at least.
fn customers_among(records: &[(bool, bool)]) -> (u64, u64) {
    let with_email = records.iter().filter(|(email, _)| *email).count();
    let with_phone = records.iter().filter(|(_, phone)| *phone).count();
    let groups = if records.contains(&(true, true)) {
        [records.len(), 0]
    } else {
        [with_email, with_phone]
    };
    let count = |least| groups.iter().filter(|records| **records >= least).count() as u64;
    (count(1), count(2))
}
