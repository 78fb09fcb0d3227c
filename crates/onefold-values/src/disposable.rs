//! Domains that hand out mailboxes for minutes: usable as an attribute, worthless as identity.

use std::sync::LazyLock;

/// In the order of their bytes. Source and licence are in `data/README.md`.
static DOMAINS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    include_str!("../data/disposable_domains.txt")
        .lines()
        .collect()
});

/// Whether the domain of a standardised address, or one that it lies in, is known to hand out mailboxes for minutes.
pub fn is_disposable(address: &str) -> bool {
    let Some((_, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let mut domain = Some(domain);
    while let Some(name) = domain {
        if DOMAINS.binary_search(&name).is_ok() {
            return true;
        }
        domain = name.split_once('.').map(|(_, parent)| parent);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_those_within() {
        for (address, expected) in [
            ("ann@mailinator.com", true),
            ("ann@a.b.mailinator.com", true),
            ("ann@mailinator.com.example", false),
            ("ann@example.com", false),
            ("mailinator.com", false),
            ("ann@", false),
        ] {
            assert_eq!(is_disposable(address), expected, "{address}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_in_standard_form() {
        assert!(DOMAINS.len() > 1000);
        assert!(DOMAINS.windows(2).all(|pair| pair[0] < pair[1]));
        for domain in DOMAINS.iter() {
            let address = format!("a@{domain}");
            let mut out = String::new();
            assert!(
                crate::email::standardise(&address, &mut out).is_ok(),
                "{domain}"
            );
            assert_eq!(out, address);
        }
    }
}
