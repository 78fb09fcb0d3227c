//! Functions of SQL, and what a condition that uses them compares.

/// What a function of SQL does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// It changes the form of a value at most. Values are cleaned here anyway.
    Form,
    /// It makes a day or time of a value, or tells how far two are apart.
    Time,
    /// It tells how alike two texts are.
    Alike,
    /// It takes a part of a text.
    Part,
    /// It is for lists.
    List,
    /// It is for vectors.
    Vector,
    /// It is for places on the map.
    Place,
    /// The amount of a difference.
    Amount,
    /// It rounds a number.
    Round,
}

const FUNCTIONS: &[(Function, &str)] = &[
    (
        Function::Form,
        "lower upper trim ltrim rtrim btrim nullif cast try_cast concat concat_ws",
    ),
    (
        Function::Time,
        "try_strptime strptime try_to_timestamp to_timestamp to_date try_to_date parse_date date date_parse epoch \
         unix_timestamp datediff date_diff julianday strftime extract date_part",
    ),
    (
        Function::Alike,
        "jaro_winkler_similarity jaro_winkler jaro_winkler_sim jaro_similarity jaro_sim jaro levenshtein \
         levenshtein_distance editdist3 edit_distance damerau_levenshtein dam_lev jaccard jaccard_sim similarity",
    ),
    (
        Function::Part,
        "regexp_extract regexp_substr substr substring left right split_part split",
    ),
    (
        Function::List,
        "list_intersect array_intersect array_length list_has_any arrays_overlap cardinality size list_max array_max \
         list_transform transform flatten unnest list_contains array_contains list_sum list_reduce",
    ),
    (
        Function::Vector,
        "array_cosine_similarity list_cosine_similarity cosine_similarity array_distance aggregate zip_with",
    ),
    (
        Function::Place,
        "acos asin sin cos radians haversine st_distance st_distance_sphere st_dwithin",
    ),
    (Function::Amount, "abs"),
    (Function::Round, "floor round"),
];

/// Words that stand in a cast or beside `nullif`.
const TYPES: &str =
    "as varchar text string char nvarchar date timestamp int integer bigint double float null";

/// What a function does, by its name in lower case. `None` where that is not known.
pub(super) fn function(name: &str) -> Option<Function> {
    let is_listed = |names: &str| names.split_ascii_whitespace().any(|known| known == name);
    let found = FUNCTIONS.iter().find(|(_, names)| is_listed(names));
    found.map(|(function, _)| *function)
}

/// Whether a word without parentheses belongs to a change of form.
pub(super) fn is_type(word: &str) -> bool {
    TYPES.split_ascii_whitespace().any(|known| known == word)
}
