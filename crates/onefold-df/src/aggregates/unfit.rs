//! The error of figures that do not fit.

use datafusion::common::DataFusionError;

/// Figures that do not fit their type.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.groups.first().map_or("", |(_, why)| why))]
pub struct Unfit {
    /// Groups by the number that they have where they are kept, ascending, and why each has no figure.
    pub groups: Vec<(usize, String)>,
}

impl Unfit {
    pub(super) fn one(why: String) -> Self {
        Self {
            groups: vec![(0, why)],
        }
    }

    /// The figures that an error is about, if it is about figures.
    pub fn of(error: &DataFusionError) -> Option<&Unfit> {
        match error.find_root() {
            DataFusionError::External(error) => error.downcast_ref(),
            _ => None,
        }
    }
}

impl From<Unfit> for DataFusionError {
    fn from(unfit: Unfit) -> Self {
        DataFusionError::External(Box::new(unfit))
    }
}
