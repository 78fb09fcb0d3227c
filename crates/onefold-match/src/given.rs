//! Dependences between comparisons, as they are used: the `u` of one given the level of another.

use crate::evidence::{Evidence, MISSING};

/// Levels of any comparison at most.
pub(crate) const LEVELS: usize = 6;

/// The dependences of all comparisons.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dependences {
    /// By child.
    pub(crate) of: Vec<Option<Dependence>>,
}

/// The `u` of a child given the level of its parent.
#[derive(Debug, Clone)]
pub(crate) struct Dependence {
    pub(crate) parent: usize,
    /// ln u by level of the parent, then of the child.
    pub(crate) log_u: [[f32; LEVELS]; LEVELS],
    /// What the parent's equality tells of the child's level among strangers, in nats (Kullback and Leibler 1951).
    pub(crate) gain: f64,
}

impl Dependences {
    /// Raises the `u` of each child to the one that its parent's level implies.
    pub(crate) fn raise(&self, evidence: &mut [Evidence], levels: &[u8]) {
        if self.of.is_empty() {
            return;
        }
        for e in evidence {
            let child = usize::from(e.feature);
            let Some(Some(dependence)) = self.of.get(child) else {
                continue;
            };
            let (parent, level) = (levels[dependence.parent], levels[child]);
            if parent != MISSING && parent > 0 {
                let log_u = dependence.log_u[usize::from(parent)][usize::from(level)];
                e.log_u = e.log_u.max(log_u);
            }
        }
    }

    /// The dependence of a comparison.
    pub(crate) fn of(&self, child: usize) -> Option<&Dependence> {
        self.of.get(child)?.as_ref()
    }
}
