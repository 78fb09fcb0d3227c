//! Lists: columns of texts that keep all values of a customer.

use arrow::array::AsArray;
use arrow::datatypes::DataType;

use crate::error::{Error, Kind};
use crate::options::Options;
use crate::order::Member;
use crate::records::Records;

/// What tables call the reason of such a value.
pub(crate) const ALL: &str = "all";

/// A column that keeps all values.
pub(crate) struct List {
    pub(crate) column: usize,
    pub(crate) separator: String,
}

/// The values of a customer as one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) customer: u32,
    pub(crate) text: String,
}

impl List {
    /// The lists that the caller asks for.
    pub(crate) fn all(records: &Records, options: &Options) -> Result<Vec<Self>, Error> {
        let list = |(column, separator): &(String, String)| {
            let index = records
                .column_index(column)
                .ok_or_else(|| Kind::UnknownColumn {
                    column: column.clone(),
                    used_by: format!("survivorship of `{column}`"),
                })?;
            if *records.columns[index].field.data_type() != DataType::Utf8View {
                return Err(Error::from(Kind::NoTextOfList(column.clone())));
            }
            Ok(List {
                column: index,
                separator: separator.clone(),
            })
        };
        options.lists.iter().map(list).collect()
    }

    /// The distinct texts of some records, in the order of the records, each with the first that has it.
    pub(crate) fn values<'a>(
        &self,
        records: &'a Records,
        members: &[Member],
    ) -> Vec<(u32, &'a str)> {
        let column = &records.columns[self.column];
        let mut values: Vec<(u32, &str)> = Vec::new();
        for member in members.iter().filter(|member| !column.is_null(member.at)) {
            let chunk = column.chunks[member.at.part as usize].as_string_view();
            let text = chunk.value(member.at.row as usize);
            if values.iter().all(|(_, known)| *known != text) {
                values.push((member.record, text));
            }
        }
        values
    }

    pub(crate) fn joined(&self, values: &[(u32, &str)]) -> String {
        let texts: Vec<&str> = values.iter().map(|(_, text)| *text).collect();
        texts.join(&self.separator)
    }
}
