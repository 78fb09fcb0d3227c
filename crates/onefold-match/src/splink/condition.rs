//! What an SQL condition compares, and how.

use super::functions::{Function, function, is_type};
use super::tokens::{Side, Token, tokens};

/// What a condition says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Condition {
    /// Columns that it compares in a way that has a counterpart, each once.
    pub(super) columns: Vec<String>,
    /// Columns that hold lists, vectors or coordinates.
    pub(super) not_texts: Vec<String>,
    /// Columns that it compares as days or times.
    pub(super) dates: Vec<String>,
    /// Columns of whose values it compares what stands before an `@`.
    pub(super) emails: Vec<String>,
    /// It asks whether a value is missing.
    pub(super) is_null: bool,
    /// Why a part of it has no counterpart.
    pub(super) why: Option<&'static str>,
}

/// Parentheses within each other.
const DEEPEST: usize = 64;

const MISSING: &str = "what counts as missing is built in";
const OWN_SQL: &str = "custom SQL: levels are built in";
const PART: &str = "a part of the value: levels are built in";
const LISTS: &str =
    "lists are not compared; explode them into records or join them into a text first";
const VECTORS: &str = "vectors are not compared";
const PLACES: &str = "distances on the map are not measured";
const NUMBERS: &str = "differences of numbers are not measured";

impl Condition {
    /// Reads a condition. `ELSE` says nothing.
    pub(super) fn read(sql: &str) -> Self {
        if sql.trim().eq_ignore_ascii_case("else") {
            return Self::default();
        }
        match tokens(sql) {
            Some(tokens) => Self::of(&tokens, 0),
            None => Self::without(OWN_SQL),
        }
    }

    /// The same where it is said to tell which values are missing.
    pub(super) fn of_missing(self) -> Self {
        match self.is_null {
            true => self,
            false => Self {
                is_null: true,
                ..Self::without(MISSING)
            },
        }
    }

    fn without(why: &'static str) -> Self {
        Self {
            why: Some(why),
            ..Self::default()
        }
    }

    fn of(tokens: &[Token], depth: usize) -> Self {
        if depth > DEEPEST {
            return Self::without(OWN_SQL);
        }
        if let Some(inside) = unwrapped(tokens) {
            return Self::of(inside, depth + 1);
        }
        for keyword in ["or", "and"] {
            let parts = split(tokens, keyword);
            if parts.len() > 1 {
                let mut all = Self {
                    is_null: true,
                    ..Self::default()
                };
                for part in parts {
                    all.add(Self::of(part, depth + 1));
                }
                return all;
            }
        }
        leaf(tokens)
    }

    fn add(&mut self, part: Self) {
        for (all, new) in [
            (&mut self.columns, part.columns),
            (&mut self.not_texts, part.not_texts),
            (&mut self.dates, part.dates),
            (&mut self.emails, part.emails),
        ] {
            for column in new {
                push(all, column);
            }
        }
        self.is_null &= part.is_null;
        self.why = self.why.or(part.why);
    }
}

/// Adds a column that is not there yet.
pub(super) fn push(all: &mut Vec<String>, column: String) {
    if !all.contains(&column) {
        all.push(column);
    }
}

/// What stands in the parentheses, if they are around the whole.
fn unwrapped(tokens: &[Token]) -> Option<&[Token]> {
    let [first, inside @ .., _] = tokens else {
        return None;
    };
    if !first.is_sign("(") {
        return None;
    }
    let mut open = 0usize;
    for (place, token) in tokens.iter().enumerate() {
        open = if token.is_sign("(") {
            open + 1
        } else {
            open.saturating_sub(usize::from(token.is_sign(")")))
        };
        if open == 0 {
            return (place + 1 == tokens.len()).then_some(inside);
        }
    }
    None
}

/// The parts between a keyword that stands in no parentheses and no `case`.
fn split<'a>(tokens: &'a [Token], keyword: &str) -> Vec<&'a [Token]> {
    let mut open = 0usize;
    let is_border = |token: &Token| {
        if token.is_sign("(") || token.is_word("case") {
            open += 1;
        } else if token.is_sign(")") || token.is_word("end") {
            open = open.saturating_sub(1);
        }
        open == 0 && token.is_word(keyword)
    };
    tokens.split(is_border).collect()
}

/// A condition without `and` and `or`.
fn leaf(tokens: &[Token]) -> Condition {
    let columns = columns(tokens);
    let functions: Vec<Option<Function>> = functions(tokens).map(function).collect();
    let uses = |function| functions.contains(&Some(function));
    let only = |known: &[Function]| {
        let mut used = functions.iter();
        used.all(|used| used.is_some_and(|used| known.contains(&used)))
    };
    if let [value @ .., is, null] = tokens
        && is.is_word("is")
        && null.is_word("null")
    {
        return Condition {
            columns,
            is_null: true,
            why: (!only(&[Function::Form, Function::Time]) || !is_plain(value)).then_some(MISSING),
            ..Condition::default()
        };
    }
    let of_other = |why| Condition {
        not_texts: columns.clone(),
        why: Some(why),
        ..Condition::default()
    };
    if uses(Function::Place) {
        return of_other(PLACES);
    }
    if uses(Function::Vector) || tokens.iter().any(|token| token.is_sign("<=>")) {
        return of_other(VECTORS);
    }
    if uses(Function::List) {
        return of_other(LISTS);
    }
    let Some((left, sign, right)) = compared(tokens) else {
        return Condition::without(OWN_SQL);
    };
    let is_known = !functions.contains(&None);
    if !is_known || columns.is_empty() || !is_of_two(tokens) {
        return Condition::without(OWN_SQL);
    }
    let is_time = uses(Function::Time);
    let is_text = is_plain(left) && is_plain(right);
    let said = Condition {
        dates: if is_time { columns.clone() } else { Vec::new() },
        columns: columns.clone(),
        ..Condition::default()
    };
    if uses(Function::Part) {
        // What Splink's own comparisons of e-mail addresses and British postcodes look at.
        let texts = || {
            tokens.iter().filter_map(|token| match token {
                Token::Text(text) => Some(text.as_str()),
                _ => None,
            })
        };
        let is_email = texts().any(|text| text == "^[^@]+");
        let is_postcode = texts().any(|text| text.starts_with("^[A-Za-z]{1,2}[0-9]"));
        return match is_text && (is_email || is_postcode) {
            true => Condition {
                emails: if is_email { columns } else { Vec::new() },
                ..said
            },
            false => Condition::without(PART),
        };
    }
    let is_number = |side: &[Token]| matches!(side, [Token::Number]);
    let is_measured = is_number(left) || is_number(right);
    let is_difference = uses(Function::Amount);
    match sign {
        _ if is_time && (is_difference || is_measured) => said,
        _ if is_difference => Condition::without(NUMBERS),
        "=" | "==" if is_text && !uses(Function::Alike) && are_opposite(left, right) => said,
        "=" | "==" => Condition::without(OWN_SQL),
        _ if uses(Function::Alike)
            && is_text
            && (is_call(left) && is_number(right) || is_number(left) && is_call(right)) =>
        {
            said
        }
        _ => Condition::without(OWN_SQL),
    }
}

/// The columns in their order, each once.
fn columns(tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        if let Token::Column(name, _) = token {
            push(&mut found, name.clone());
        }
    }
    found
}

/// Names before a parenthesis.
fn functions(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens.windows(2).filter_map(|pair| match pair {
        [Token::Word(name), next] if next.is_sign("(") => Some(name.as_str()),
        _ => None,
    })
}

/// Whether both records are asked for.
fn is_of_two(tokens: &[Token]) -> bool {
    let has = |side: Side| {
        tokens
            .iter()
            .any(|token| matches!(token, Token::Column(_, of) if *of == side))
    };
    has(Side::Left) && has(Side::Right)
}

/// Both sides of the only comparison that stands in no parentheses.
fn compared(tokens: &[Token]) -> Option<(&[Token], &'static str, &[Token])> {
    let mut open = 0usize;
    let mut found = None;
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign("(" | "[") => open += 1,
            Token::Sign(")" | "]") => open = open.saturating_sub(1),
            Token::Sign(sign @ ("=" | "==" | ">=" | "<=" | "<" | ">")) if open == 0 => {
                if found.is_some() {
                    return None;
                }
                found = Some((place, *sign));
            }
            _ => {}
        }
    }
    let (place, sign) = found?;
    Some((tokens.get(..place)?, sign, tokens.get(place + 1..)?))
}

/// Whether a side is made of columns, texts, numbers and functions alone.
fn is_plain(side: &[Token]) -> bool {
    let mut next = side.iter().skip(1);
    side.iter().all(|token| {
        let next = next.next();
        match token {
            Token::Word(word) => next.is_some_and(|next| next.is_sign("(")) || is_type(word),
            Token::Sign(sign) => matches!(*sign, "(" | ")" | "," | "||" | "::"),
            Token::Column(..) | Token::Text(_) | Token::Number => true,
            Token::Quoted | Token::Other => false,
        }
    })
}

/// Whether one side is of one record, the other of the other, with as many columns.
fn are_opposite(left: &[Token], right: &[Token]) -> bool {
    let sides = |tokens: &[Token]| -> Vec<Side> {
        let sides = tokens.iter().filter_map(|token| match token {
            Token::Column(_, side) => Some(*side),
            _ => None,
        });
        sides.collect()
    };
    let (left, right) = (sides(left), sides(right));
    let are_of = |sides: &[Side], side: Side| sides.iter().all(|of| *of == side);
    left.len() == right.len()
        && (are_of(&left, Side::Left) && are_of(&right, Side::Right)
            || are_of(&left, Side::Right) && are_of(&right, Side::Left))
}

/// Whether a side is one call of a function that tells how alike two texts are.
fn is_call(side: &[Token]) -> bool {
    match side {
        [Token::Word(name), arguments @ ..] => {
            function(name) == Some(Function::Alike) && unwrapped(arguments).is_some()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_with_a_counterpart() {
        for (sql, expected) in [
            (r#""dob_l" = "dob_r""#, vec!["dob"]),
            (
                "lower(trim(`city_l`)) = lower(trim(`city_r`))",
                vec!["city"],
            ),
            (
                "jaro_winkler_similarity(\"x_l\", \"x_r\") >= 0.9",
                vec!["x"],
            ),
            ("0.9 <= jaro_sim(x_l, x_r)", vec!["x"]),
            (
                "(\"a_l\" = \"b_r\") AND (\"a_r\" = \"b_l\")",
                vec!["a", "b"],
            ),
            ("((a_l = a_r) OR (a_l = b_r))", vec!["a", "b"]),
            ("a_l || ' ' || b_l = a_r || ' ' || b_r", vec!["a", "b"]),
            (
                "levenshtein(cast(n_l as varchar), cast(n_r as varchar)) <= 2",
                vec!["n"],
            ),
            (
                "ABS(EPOCH(try_strptime(\"d_l\", '%Y-%m-%d')) - EPOCH(try_strptime(\"d_r\", '%Y-%m-%d'))) <= 2629800.0",
                vec!["d"],
            ),
            (
                "abs(datediff(date(try_to_timestamp(`d_l`, 'x')), date(try_to_timestamp(`d_r`, 'x')))) <= floor(9.0 / 2)",
                vec!["d"],
            ),
            (
                "NULLIF(regexp_extract(\"e_l\", '^[^@]+', 0), '') = NULLIF(regexp_extract(\"e_r\", '^[^@]+', 0), '')",
                vec!["e"],
            ),
        ] {
            let read = Condition::read(sql);
            assert_eq!((read.why, read.is_null), (None, false), "{sql}");
            assert_eq!(read.columns, expected, "{sql}");
        }
        assert_eq!(Condition::read(" else "), Condition::default());
    }

    #[test]
    fn conditions_of_missing_values() {
        for sql in [
            "a_l IS NULL OR a_r IS NULL",
            "(\"a_l\" is null or \"a_r\" is null) and (b_l IS NULL or b_r IS NULL)",
            "try_strptime(\"a_l\", '%Y') IS NULL OR try_strptime(\"a_r\", '%Y') IS NULL",
            "nullif(a_l, '') IS NULL",
        ] {
            let read = Condition::read(sql);
            assert_eq!((read.is_null, read.why), (true, None), "{sql}");
        }
        assert!(
            Condition::read("nullif(regexp_extract(a_l, '.@.'), '') IS NULL")
                .why
                .is_some()
        );
    }

    #[test]
    fn conditions_without_a_counterpart() {
        for (sql, why) in [
            ("substr(a_l, 1, 3) = substr(a_r, 1, 3)", PART),
            ("a_l = 'x' and a_r = 'x'", OWN_SQL),
            ("my_function(a_l, a_r) > 3", OWN_SQL),
            ("jaro_winkler(a_l, a_r) * 2 >= 0.9", OWN_SQL),
            ("a_l = a_l", OWN_SQL),
            ("abs(a_l - a_r) <= 5", NUMBERS),
            ("array_length(list_intersect(\"a_l\", \"a_r\")) >= 1", LISTS),
            ("array_cosine_similarity(a_l, a_r) >= 0.9", VECTORS),
            (
                "cast(acos(sin(radians(a_l)) * sin(radians(a_r))) * 6371 as float) <= 1",
                PLACES,
            ),
            ("\"a_l = a_r", OWN_SQL),
            ("not a_l = a_r", OWN_SQL),
            ("coalesce(a_l, '') = coalesce(a_r, '')", OWN_SQL),
            ("a_l[1] = a_r[1]", OWN_SQL),
            (
                "case when a_l = a_r and b_l = b_r then 1 else 0 end = 1",
                OWN_SQL,
            ),
            ("", OWN_SQL),
            ("= =", OWN_SQL),
        ] {
            let read = Condition::read(sql);
            assert_eq!(read.why, Some(why), "{sql}");
            assert!(read.columns.is_empty(), "{sql}");
        }
    }

    #[test]
    fn parentheses_without_end_do_no_harm() {
        let deep = format!("{}a_l = a_r{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(Condition::read(&deep).why.is_some());
        assert!(Condition::read(&"(".repeat(100_000)).why.is_some());
        assert!(Condition::read(&")".repeat(1000)).why.is_some());
        let long = vec!["a_l = a_r"; 50_000].join(" or ");
        assert_eq!(Condition::read(&long).columns, ["a"]);
    }
}
