//! The raw columns of a plan: what the splitters keep of a record.

use onefold_spec::model::{Origin, Type};

use super::expressions::Expressions;
use super::field::PlannedOrigin;
use crate::raw::Keep;

/// A raw column that the splitters keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawColumn {
    pub(crate) path: Vec<String>,
    pub(crate) keep: Keep,
}

/// The raw columns of a plan in the making.
#[derive(Default)]
pub(super) struct RawColumns(Vec<RawColumn>);

impl RawColumns {
    pub(super) fn finish(self) -> Vec<RawColumn> {
        self.0
    }

    pub(super) fn cell(&mut self, path: &[String], keep: Keep) -> usize {
        let column = RawColumn {
            path: path.to_vec(),
            keep,
        };
        self.0.iter().position(|c| *c == column).unwrap_or_else(|| {
            self.0.push(column);
            self.0.len() - 1
        })
    }

    pub(super) fn origin(
        &mut self,
        origin: &Origin,
        field: usize,
        ty: &Type,
        expressions: &dyn Expressions,
    ) -> PlannedOrigin {
        match origin {
            Origin::Path(path) => PlannedOrigin::Cell(self.cell(
                path,
                if *ty == Type::Json {
                    Keep::Json
                } else {
                    Keep::Text
                },
            )),
            Origin::Value(value) => PlannedOrigin::Value(value.clone()),
            Origin::Element => PlannedOrigin::Cell(self.cell(&[], Keep::Number)),
            Origin::Sql(_) => {
                let inputs = expressions.inputs(field);
                PlannedOrigin::Sql {
                    field,
                    inputs: inputs
                        .iter()
                        .map(|path| self.cell(path, Keep::Text))
                        .collect(),
                }
            }
        }
    }
}
