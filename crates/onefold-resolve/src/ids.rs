//! Ids of the customers of a run.

use arrow::array::{StringViewArray, StringViewBuilder};
use arrow::buffer::Buffer;

use crate::customer_id::CustomerId;
use crate::error::Error;
use crate::state::Assigned;

/// What the ids of customers are.
pub(crate) enum Ids {
    /// Numbers by place in the customer table.
    Places(CustomerId),
    /// Those that customers keep from run to run, and the buffers of long ones.
    Kept(Box<Assigned>, Vec<Buffer>),
}

impl Ids {
    pub(crate) fn kept(assigned: Assigned) -> Self {
        let buffers = assigned.buffers();
        Self::Kept(Box::new(assigned), buffers)
    }

    /// The ids of some customers, by their 0-based numbers.
    pub(crate) fn column(&self, customers: &[u32]) -> Result<StringViewArray, Error> {
        match self {
            Self::Places(id) => {
                let mut ids = StringViewBuilder::with_capacity(customers.len());
                let mut text = String::new();
                for customer in customers {
                    text.clear();
                    id.write(*customer, &mut text);
                    ids.try_append_value(&text)?;
                }
                Ok(ids.finish())
            }
            Self::Kept(assigned, buffers) => {
                let views = assigned.views(customers);
                Ok(StringViewArray::try_new(views, buffers.clone(), None)?)
            }
        }
    }

    /// The id of the customer with this 0-based number.
    pub(crate) fn text(&self, customer: u32) -> String {
        match self {
            Self::Places(id) => {
                let mut text = String::new();
                id.write(customer, &mut text);
                text
            }
            Self::Kept(assigned, _) => assigned.id(customer).to_owned(),
        }
    }
}
