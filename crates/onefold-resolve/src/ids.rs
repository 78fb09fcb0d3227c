//! Ids of the customers of a run.

use crate::customer_id::CustomerId;
use crate::state::Assigned;

/// What the ids of customers are.
pub(crate) enum Ids {
    /// Numbers by place in the customer table.
    Places(CustomerId),
    /// Those that customers keep from run to run.
    Kept(Box<Assigned>),
}

impl Ids {
    /// Appends the id of the customer with this 0-based number.
    pub(crate) fn write(&self, customer: u32, text: &mut String) {
        match self {
            Self::Places(id) => id.write(customer, text),
            Self::Kept(assigned) => text.push_str(assigned.id(customer)),
        }
    }

    /// Fetches the ids of some customers, which [`write`](Self::write) is asked for next. Changes nothing but the time.
    pub(crate) fn fetch(&self, customers: &[u32]) {
        if let Self::Kept(assigned) = self {
            assigned.fetch(customers);
        }
    }

    /// The id of the customer with this 0-based number.
    pub(crate) fn text(&self, customer: u32) -> String {
        let mut text = String::new();
        self.write(customer, &mut text);
        text
    }
}
