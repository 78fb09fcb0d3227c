//! Functions of SQL that there are not: what to use instead.

use std::collections::BTreeSet;

use datafusion::execution::FunctionRegistry;
use datafusion::prelude::SessionConfig;
use onefold_spec::nearest;

/// Functions of other dialects, and what does the same here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("any_value", "first_value(x ORDER BY ...)"),
    ("arbitrary", "first_value(x ORDER BY ...)"),
    ("arg_max", "first_value(x ORDER BY y DESC)"),
    ("arg_min", "first_value(x ORDER BY y)"),
    ("argmax", "first_value(x ORDER BY y DESC)"),
    ("argmin", "first_value(x ORDER BY y)"),
    ("average", "avg(x)"),
    ("ceiling", "ceil(x)"),
    ("charindex", "strpos(x, 'text')"),
    ("collect_list", "array_agg(x)"),
    ("concat_agg", "string_agg(x, ', ')"),
    ("count_distinct", "count(DISTINCT x)"),
    ("countd", "count(DISTINCT x)"),
    ("date_add", "x + INTERVAL '1 day'"),
    ("date_diff", "cast(y AS DATE) - cast(x AS DATE)"),
    ("date_format", "to_char(x, '%Y-%m-%d')"),
    ("date_sub", "x - INTERVAL '1 day'"),
    ("dateadd", "x + INTERVAL '1 day'"),
    ("datediff", "cast(y AS DATE) - cast(x AS DATE)"),
    ("day", "date_part('day', x)"),
    ("dayofweek", "date_part('dow', x)"),
    ("dayofyear", "date_part('doy', x)"),
    ("endswith", "ends_with(x, 'text')"),
    ("first", "first_value(x ORDER BY ...)"),
    ("group_concat", "string_agg(x, ', ')"),
    ("hour", "date_part('hour', x)"),
    ("if", "CASE WHEN ... THEN ... ELSE ... END"),
    ("iff", "CASE WHEN ... THEN ... ELSE ... END"),
    ("ifnull", "coalesce(x, y)"),
    ("iif", "CASE WHEN ... THEN ... ELSE ... END"),
    ("indexof", "strpos(x, 'text')"),
    ("instr", "strpos(x, 'text')"),
    ("isempty", "x = ''"),
    ("isnotnull", "x IS NOT NULL"),
    ("isnull", "x IS NULL"),
    ("last", "last_value(x ORDER BY ...)"),
    ("lcase", "lower(x)"),
    ("len", "length(x)"),
    ("list", "array_agg(x)"),
    ("listagg", "string_agg(x, ', ')"),
    ("locate", "strpos(x, 'text')"),
    ("lowercase", "lower(x)"),
    ("max_by", "first_value(x ORDER BY y DESC)"),
    ("mid", "substr(x, 1, 3)"),
    ("min_by", "first_value(x ORDER BY y)"),
    ("minute", "date_part('minute', x)"),
    ("mod", "x % y"),
    ("month", "date_part('month', x)"),
    ("notnull", "x IS NOT NULL"),
    ("nunique", "count(DISTINCT x)"),
    ("nvl", "coalesce(x, y)"),
    ("percentile", "approx_percentile_cont(x, 0.9)"),
    ("proper", "initcap(x)"),
    ("quarter", "date_part('quarter', x)"),
    ("regexp_extract", "regexp_match(x, '...')[1]"),
    ("regexp_substr", "regexp_match(x, '...')[1]"),
    ("rlike", "regexp_like(x, '...')"),
    ("second", "date_part('second', x)"),
    ("split", "split_part(x, ',', 1)"),
    ("startswith", "starts_with(x, 'text')"),
    ("std", "stddev(x)"),
    ("stdev", "stddev(x)"),
    ("str", "cast(x AS VARCHAR)"),
    ("str_to_date", "to_date(x, '%d.%m.%Y')"),
    ("strftime", "to_char(x, '%Y-%m-%d')"),
    ("string", "cast(x AS VARCHAR)"),
    ("strlen", "length(x)"),
    ("strptime", "to_timestamp(x, '%d.%m.%Y %H:%M:%S')"),
    ("substring", "substr(x, 1, 3)"),
    ("timestampdiff", "cast(y AS DATE) - cast(x AS DATE)"),
    ("title", "initcap(x)"),
    ("to_date", "cast(x AS DATE)"),
    ("to_int", "cast(x AS BIGINT)"),
    ("to_number", "cast(x AS DOUBLE)"),
    ("to_string", "cast(x AS VARCHAR)"),
    ("truncate", "trunc(x)"),
    ("ucase", "upper(x)"),
    ("uppercase", "upper(x)"),
    ("week", "date_part('week', x)"),
    ("weekday", "date_part('dow', x)"),
    ("year", "date_part('year', x)"),
    ("zeroifnull", "coalesce(x, 0)"),
];

/// How to write what an unknown function does elsewhere, or the function that its name is a slip of. The same for the same name always.
pub(crate) fn instead_of(name: &str) -> Option<String> {
    let folded = name.to_lowercase();
    if let Some((_, here)) = ELSEWHERE.iter().find(|(other, _)| *other == folded) {
        return Some(format!("`{here}` does this"));
    }
    let known = names();
    // A beginning of a name says too little: `date` is not `date_bin`.
    let of_its_length = known
        .iter()
        .filter(|known| known.len().abs_diff(name.len()) <= 2);
    let near = nearest(name, of_its_length.map(String::as_str))?;
    Some(format!("did you mean `{near}`?"))
}

/// All functions, in the order of the alphabet: the registry has them in the order of chance.
fn names() -> BTreeSet<String> {
    let context = onefold_df::session(SessionConfig::new(), |error| error.to_string());
    let state = context.state();
    let names = [state.udfs(), state.udafs(), state.udwfs()];
    names.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_other_dialects() {
        for (name, expected) in [
            ("first", Some("`first_value(x ORDER BY ...)` does this")),
            ("LEN", Some("`length(x)` does this")),
            ("year", Some("`date_part('year', x)` does this")),
            ("uper", Some("did you mean `upper`?")),
            ("coalesc", Some("did you mean `coalesce`?")),
            ("xyzzy", None),
        ] {
            for _ in 0..3 {
                assert_eq!(instead_of(name).as_deref(), expected, "{name}");
            }
        }
    }

    #[test]
    fn every_function_that_is_offered_is_there() {
        let known = names();
        for (name, here) in ELSEWHERE {
            if let Some((function, _)) = here.split_once('(')
                && !["cast", "CASE"].contains(&function)
            {
                assert!(known.contains(function), "{name}: {here}");
            }
        }
        assert!(ELSEWHERE.is_sorted());
    }
}
