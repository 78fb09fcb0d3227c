//! How the ids of customers are written.

/// The identifier column: `prefix`, then the customer's number from 1 with at least `digits` digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerId {
    /// Column name. No record column may have it.
    pub name: String,
    /// Text before the number.
    pub prefix: String,
    /// Least number of digits.
    pub digits: usize,
}

impl Default for CustomerId {
    fn default() -> Self {
        CustomerId {
            name: "unified_id".to_owned(),
            prefix: "CUST".to_owned(),
            digits: 3,
        }
    }
}

impl CustomerId {
    /// Appends the id of the customer with this 0-based number.
    pub(crate) fn write(&self, customer: u32, text: &mut String) {
        write_number(&self.prefix, self.digits, u64::from(customer) + 1, text);
    }
}

/// Appends `prefix`, then `number` with at least `digits` digits.
pub(crate) fn write_number(prefix: &str, digits: usize, number: u64, text: &mut String) {
    let mut buffer = itoa::Buffer::new();
    let number = buffer.format(number);
    text.push_str(prefix);
    for _ in number.len()..digits {
        text.push('0');
    }
    text.push_str(number);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_padded_and_never_cut() {
        let id = |digits, customer| {
            let scheme = CustomerId {
                digits,
                ..CustomerId::default()
            };
            let mut text = String::new();
            scheme.write(customer, &mut text);
            text
        };
        assert_eq!(id(3, 0), "CUST001");
        assert_eq!(id(3, 998), "CUST999");
        assert_eq!(id(3, 999), "CUST1000");
        assert_eq!(id(0, 0), "CUST1");
        assert_eq!(id(12, u32::MAX), "CUST004294967296");
    }
}
