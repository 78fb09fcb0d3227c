//! Truth values.

use crate::invalid::Invalid;
use crate::text::trim;

/// Reads `true`/`false`, `yes`/`no`, `y`/`n`, `t`/`f`, `1`/`0`; ASCII case does not matter.
///
/// # Errors
/// [`Invalid::Boolean`] for every other text.
pub fn parse(value: &str) -> Result<bool, Invalid> {
    const TRUE: [&str; 5] = ["true", "1", "t", "y", "yes"];
    const FALSE: [&str; 5] = ["false", "0", "f", "n", "no"];
    let value = trim(value);
    if TRUE.iter().any(|t| t.eq_ignore_ascii_case(value)) {
        Ok(true)
    } else if FALSE.iter().any(|f| f.eq_ignore_ascii_case(value)) {
        Ok(false)
    } else {
        Err(Invalid::Boolean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads() {
        for value in ["true", "TRUE", " Yes ", "y", "T", "1"] {
            assert_eq!(parse(value), Ok(true), "{value:?}");
        }
        for value in ["false", "False", "no", "N", "f", "0"] {
            assert_eq!(parse(value), Ok(false), "{value:?}");
        }
        for value in ["", "2", "on", "ja", "truee", "1.0", "-", "tru"] {
            assert_eq!(parse(value), Err(Invalid::Boolean), "{value:?}");
        }
    }
}
