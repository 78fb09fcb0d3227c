//! The manual of reject codes.

use onefold_values::Invalid;

/// A code of the readers: its reason (`FIELD` stands for a name) and what it means.
pub(crate) struct Code {
    pub(crate) code: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) meaning: &'static str,
}

const fn code(code: &'static str, reason: &'static str, meaning: &'static str) -> Code {
    Code {
        code,
        reason,
        meaning,
    }
}

/// What is wrong with a record before its values are looked at.
pub(crate) const RECORDS: &[Code] = &[
    code(
        "too_few_fields",
        "too few fields",
        "Delimited text: the record has fewer fields than the header.",
    ),
    code(
        "too_many_fields",
        "too many fields",
        "Delimited text: the record has more fields than the header, and one of those beyond it is not empty.",
    ),
    code(
        "unterminated_quote",
        "unterminated quote",
        "Delimited text: a quoted field is never closed, or runs over the end of its line into records that then do not fit the header. It costs its first line.",
    ),
    code(
        "repeated_header",
        "repeated header",
        "Delimited text: the record equals the header, as in files joined end to end.",
    ),
    code(
        "record_too_long",
        "record too long",
        "Delimited text: more than 16 MiB on one line. Parquet: more than 1 GiB of JSON in one column.",
    ),
    code(
        "invalid_json",
        "invalid JSON",
        "JSON: the text is not RFC 8259, in a record, between the records of an array, or in the document around it. The first error has the place.",
    ),
    code(
        "not_an_object",
        "not a JSON object",
        "JSON: the record is a value of another kind, or the element that `explode` makes a record of. Parquet: that element is missing, and fields are read in it.",
    ),
    code(
        "not_an_array",
        "not an array",
        "JSON: the value that `explode` names is neither an array nor null.",
    ),
    code(
        "trailing_data",
        "data after the end",
        "JSON: text follows the end of a document and begins no other. It costs its line.",
    ),
    code(
        "no_records_array",
        "no array of records",
        "JSON with `records`: a document that is not the first has no array at the path.",
    ),
    code(
        "invalid_encoding",
        "invalid encoding",
        "A byte of the record, or of a text in Parquet, is not valid in the encoding of the file. Nothing is replaced.",
    ),
];

/// What is wrong with a value beside not being of its type.
pub(crate) const VALUES: &[Code] = &[
    code(
        "missing_value",
        "missing FIELD",
        "A `required` field is empty or one of the texts that mean \"missing\".",
    ),
    code(
        "not_allowed",
        "FIELD is not one of ...",
        "The value is not in `one_of`.",
    ),
    code(
        "below_minimum",
        "FIELD is below ...",
        "The value is less than `min`.",
    ),
    code(
        "above_maximum",
        "FIELD is above ...",
        "The value is greater than `max`.",
    ),
    code(
        "pattern_mismatch",
        "FIELD does not match its pattern",
        "The standardised text does not match `pattern`.",
    ),
    code(
        "value_out_of_range",
        "value out of range",
        "Parquet: the stored value is none of its type, such as a time of day after 24:00.",
    ),
    code(
        "error_cell",
        "the cell shows an error",
        "Workbooks: the cell that the field reads is an error such as `#N/A` or `#DIV/0!`.",
    ),
    code(
        "expression_failed",
        "what the query engine says",
        "The `sql` of the field could not be computed for this record, such as a division by zero.",
    ),
    code(
        "check_failed",
        "check failed: CONDITION",
        "A condition under `checks` is false. A check may bring its own code and reason.",
    ),
];

const INTRODUCTION: &str = "\
# Reject codes

Every record that is not accepted is a row of the table `SOURCE.rejects`, with the code of its first error in `code`, the reason in
`reason`, and all its errors in `errors`. Codes are stable: a code never changes its meaning. Reasons are for people and may.
";

/// The manual, as Markdown.
pub(crate) fn manual() -> String {
    let mut out = INTRODUCTION.to_owned();
    let mut section = |title: &str, rows: &mut dyn Iterator<Item = (&str, &str, &str)>| {
        out.push_str("\n## ");
        out.push_str(title);
        out.push_str("\n\n| code | reason | meaning |\n|---|---|---|\n");
        for (code, reason, meaning) in rows {
            out.push_str(&format!("| `{code}` | {reason} | {meaning} |\n"));
        }
    };
    let of = |codes: &'static [Code]| codes.iter().map(|c| (c.code, c.reason, c.meaning));
    section("Records that cannot be read", &mut of(RECORDS));
    section("Values that a field does not allow", &mut of(VALUES));
    let invalid = Invalid::ALL.iter();
    section(
        "Values that are not of their type",
        &mut invalid.map(|i| (i.code(), i.reason(), i.meaning())),
    );
    out
}
