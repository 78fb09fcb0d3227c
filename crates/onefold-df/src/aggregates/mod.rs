//! Aggregate functions of DataFusion whose figures may not fit: exact sums, rounded means, finite floats.

mod exact;
mod finite;
mod frame;
mod unfit;

use std::sync::Arc;

use datafusion::logical_expr::AggregateUDF;
use datafusion::prelude::SessionContext;

pub use unfit::Unfit;

/// Functions whose figures are floats, whatever they are made of.
const FLOATS: &[&str] = &[
    "approx_median",
    "approx_percentile_cont",
    "approx_percentile_cont_with_weight",
    "corr",
    "covar_pop",
    "covar_samp",
    "median",
    "percentile_cont",
    "regr_avgx",
    "regr_avgy",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "var",
    "var_pop",
];

/// The aggregate functions that take the place of those of a session.
pub(crate) fn functions(context: &SessionContext) -> Vec<AggregateUDF> {
    let state = context.state();
    let known = |name: &str| state.aggregate_functions().get(name).map(Arc::clone);
    let exact = [("sum", exact::Kind::Sum), ("avg", exact::Kind::Mean)];
    let exact = exact.into_iter().filter_map(|(name, kind)| {
        let inner = known(name)?;
        Some(AggregateUDF::from(exact::Exact::new(inner, kind)))
    });
    let finite = FLOATS.iter().filter_map(|name| {
        let inner = known(name)?;
        Some(AggregateUDF::from(finite::Finite { inner }))
    });
    exact.chain(finite).collect()
}
