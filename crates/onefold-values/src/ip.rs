//! IP addresses: IPv4 as four decimal numbers, IPv6 as RFC 5952 writes it.
//!
//! Refused: numbers with leading zeros (`010.1.1.1`: programs disagree whether they are octal), brackets, ports, zones (`%eth0`) and
//! lengths of prefixes (`/24`). What they mean is more than an address.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::invalid::Invalid;
use crate::text::trim;

/// Appends the address to `out`. An IPv4 address within IPv6 (`::ffff:192.0.2.1`) stays one of IPv6.
///
/// # Errors
/// [`Invalid::Ip`]; `out` is then unchanged.
pub fn standardise(value: &str, out: &mut String) -> Result<(), Invalid> {
    let value = trim(value);
    let written = match value.contains(':') {
        true => {
            let address: Ipv6Addr = value.parse().map_err(|_| Invalid::Ip)?;
            write!(out, "{address}")
        }
        false => {
            let address: Ipv4Addr = value.parse().map_err(|_| Invalid::Ip)?;
            write!(out, "{address}")
        }
    };
    written.map_err(|_| Invalid::Ip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standard(value: &str) -> Result<String, Invalid> {
        let mut out = String::new();
        standardise(value, &mut out).map(|()| out)
    }

    #[test]
    fn accepts_both_kinds() {
        for (value, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            (" 0.0.0.0\t", "0.0.0.0"),
            ("255.255.255.255", "255.255.255.255"),
            ("2001:DB8::1", "2001:db8::1"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::", "::"),
            ("::1", "::1"),
            ("::FFFF:192.0.2.1", "::ffff:192.0.2.1"),
        ] {
            assert_eq!(standard(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn rejects_the_rest() {
        for value in [
            "",
            "1",
            "1.2.3",
            "1.2.3.4.5",
            "256.0.0.1",
            "010.1.1.1",
            "0x7f.0.0.1",
            "192.0.2.1:80",
            "[2001:db8::1]",
            "[2001:db8::1]:80",
            "fe80::1%eth0",
            "10.0.0.0/8",
            "2001:db8::/32",
            "2001:db8:::1",
            "12345::",
            "1:2:3:4:5:6:7:8:9",
            "192. 0.2.1",
            "１92.0.2.1",
            "localhost",
        ] {
            assert_eq!(standard(value), Err(Invalid::Ip), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn every_address_is_read_again(number: u128, small: u32) {
            for text in [Ipv6Addr::from(number).to_string(), Ipv4Addr::from(small).to_string()] {
                prop_assert_eq!(standard(&text.to_uppercase()), Ok(text));
            }
        }

        #[test]
        fn no_text_panics(value in "\\PC{0,40}|[0-9a-f:.]{0,40}") {
            let mut out = "before".to_owned();
            match standardise(&value, &mut out) {
                Ok(()) => {
                    let once = out["before".len()..].to_owned();
                    prop_assert_eq!(standard(&once), Ok(once));
                }
                Err(_) => prop_assert_eq!(out, "before"),
            }
        }
    }
}
