//! The words of an SQL condition.

/// A word of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or keyword without quotes, in lower case.
    Word(String),
    /// A column of the left or right record, without its suffix: `"dob_l"` is `dob`.
    Column(String, Side),
    /// Another quoted name.
    Quoted,
    /// A text.
    Text(String),
    /// A number.
    Number,
    /// A sign, such as `(` or `>=`.
    Sign(&'static str),
    /// Anything else.
    Other,
}

/// The record of a pair that a column is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

const SIGNS: &[&str] = &[
    "<=>", "->>", ">=", "<=", "<>", "!=", "==", "||", "->", "::", "=", "<", ">", "(", ")", "[",
    "]", ",", ".", "+", "-", "*", "/", "%",
];

impl Token {
    /// Whether it is this keyword.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found == word)
    }

    /// Whether it is this sign.
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(found) if *found == sign)
    }
}

/// The words of a condition. `None` where a quote is not closed.
pub(super) fn tokens(sql: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' => {
                let (text, after) = quoted(rest, '\'')?;
                (Token::Text(text), after)
            }
            '"' | '`' => {
                let (name, after) = quoted(rest, first)?;
                (column(&name).unwrap_or(Token::Quoted), after)
            }
            '[' if !is_operand(found.last()) => match bracketed(rest) {
                Some(found) => found,
                None => (Token::Sign("["), rest.get(1..)?),
            },
            _ if first.is_ascii_digit() => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
                (Token::Number, rest.trim_start_matches(is_part))
            }
            _ if first.is_alphabetic() || first == '_' => {
                let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
                let after = rest.trim_start_matches(is_part);
                let name = rest.strip_suffix(after).unwrap_or(rest);
                let word = || Token::Word(name.to_lowercase());
                (column(name).unwrap_or_else(word), after)
            }
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(sign), rest.get(sign.len()..)?),
                None => (Token::Other, rest.get(first.len_utf8()..)?),
            },
        };
        found.push(token);
        rest = after.trim_start();
    }
    Some(found)
}

/// What stands in quotes, and what follows. Two quotes within are one; a backslash before one keeps it, as in Spark.
fn quoted(sql: &str, quote: char) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = sql.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match c {
            '\\' if next == Some(quote) && quote == '\'' => {
                text.push(quote);
                chars.next();
            }
            _ if c == quote && next == Some(quote) => {
                text.push(quote);
                chars.next();
            }
            _ if c == quote => return Some((text, sql.get(at + quote.len_utf8()..)?)),
            _ => text.push(c),
        }
    }
    None
}

/// A name in brackets, as SQL Server writes it. A list in brackets has no side.
fn bracketed(sql: &str) -> Option<(Token, &str)> {
    let (name, after) = sql.get(1..)?.split_once(']')?;
    let is_name = !name.contains([',', '\'', '"', '[', '(']);
    column(name)
        .filter(|_| is_name)
        .map(|column| (column, after))
}

/// Whether a bracket after this is an index into it.
fn is_operand(token: Option<&Token>) -> bool {
    let is_end = |token: &Token| {
        matches!(
            token,
            Token::Word(_) | Token::Column(..) | Token::Quoted | Token::Text(_)
        ) || token.is_sign(")")
            || token.is_sign("]")
    };
    token.is_some_and(is_end)
}

fn column(name: &str) -> Option<Token> {
    let of = |suffix: &str, side: Side| {
        let base = name.strip_suffix(suffix).filter(|base| !base.is_empty())?;
        Some(Token::Column(base.to_owned(), side))
    };
    of("_l", Side::Left).or_else(|| of("_r", Side::Right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn columns(sql: &str) -> Option<Vec<(String, Side)>> {
        let found = tokens(sql)?.into_iter();
        let columns = found.filter_map(|token| match token {
            Token::Column(name, side) => Some((name, side)),
            _ => None,
        });
        Some(columns.collect())
    }

    #[test]
    fn columns_in_all_quotes() {
        let of = |name: &str| {
            Some(vec![
                (name.to_owned(), Side::Left),
                (name.to_owned(), Side::Right),
            ])
        };
        for (sql, name) in [
            ("dob_l = dob_r", "dob"),
            (r#""first name_l" = "first name_r""#, "first name"),
            (r#""a""b_l" = "a""b_r""#, "a\"b"),
            ("`Straße_l`=`Straße_r`", "Straße"),
            ("[First Name_l] = [First Name_r]", "First Name"),
            ("straße_l = straße_r", "straße"),
        ] {
            assert_eq!(columns(sql), of(name), "{sql}");
        }
        // Neither a list nor an index is a name.
        assert_eq!(columns("x[pair_l]").map(|found| found.len()), Some(1));
        assert_eq!(columns("[a_l, b_l]").map(|found| found.len()), Some(2));
        assert_eq!(columns("\"_l\""), Some(Vec::new()));
        assert_eq!(columns(r"'it''s_l' = 'T\'x_l'"), Some(Vec::new()));
        assert_eq!(columns("\"open_l"), None);
    }

    proptest! {
        #[test]
        fn any_text_ends(sql in "\\PC{0,40}", quotes in "['\"`\\[\\]\\\\a_lr ]{0,20}") {
            let _ = (tokens(&sql), tokens(&quotes));
        }
    }
}
