//! A source's declared fields made ready to run: which raw columns are read, and by which rule each becomes typed.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef, TimeUnit};
use onefold_spec::model::{self, OnInvalid, Origin, Source, Type};
use onefold_values::{
    DateOrder, DateRules, DecimalMark, Invalid, NullTokens, PhoneFormat, PhoneRules,
    TimestampRules, boolean, number,
};

use crate::drift::Ignored;
use crate::error::{Error, Kind};
use crate::json::{FoundColumn, FoundKind};
use crate::parquet::Natural;
use crate::raw::Keep;
use crate::versions::{PlannedVersion, PlannedWhen};

/// The raw columns that a SQL field reads, each a path of keys.
pub type RawInputs = Vec<Vec<String>>;

/// What an expression gives for rows.
#[derive(Debug, Clone)]
pub struct RowValues<A> {
    /// A value a row; missing where the expression failed.
    pub values: A,
    /// Rows for which it failed, ascending, and why.
    pub failed: Vec<(u32, String)>,
}

/// SQL fields and checks of a source, compiled by whoever has a query engine. An `Err` is about all rows.
pub trait Expressions: Send + Sync {
    /// The paths that SQL field `field` reads.
    fn inputs(&self, field: usize) -> RawInputs;

    /// Value of SQL field `field` for each row, as `Utf8View`. `raw` holds its inputs in order, `Utf8View` too.
    fn field(
        &self,
        field: usize,
        raw: &[ArrayRef],
        rows: usize,
    ) -> Result<RowValues<ArrayRef>, String>;

    /// The type of SQL field `field`, before its values become text.
    fn field_type(&self, _field: usize) -> DataType {
        DataType::Utf8View
    }

    /// Whether check `check` holds for each row of typed fields.
    fn check(&self, check: usize, typed: &RecordBatch) -> Result<RowValues<BooleanArray>, String>;
}

/// For sources without SQL.
#[derive(Debug)]
pub struct NoExpressions;

impl Expressions for NoExpressions {
    fn inputs(&self, _: usize) -> RawInputs {
        Vec::new()
    }

    fn field(&self, _: usize, _: &[ArrayRef], _: usize) -> Result<RowValues<ArrayRef>, String> {
        Err("no SQL engine".into())
    }

    fn check(&self, _: usize, _: &RecordBatch) -> Result<RowValues<BooleanArray>, String> {
        Err("no SQL engine".into())
    }
}

/// How text becomes a value.
#[derive(Debug)]
pub(crate) enum Rule {
    /// As it stands.
    Exact,
    /// Without outer white space.
    Text,
    Integer(DecimalMark),
    Float(DecimalMark),
    Decimal(u8, u8, DecimalMark),
    Boolean,
    Date(DateRules),
    Timestamp(TimestampRules),
    Uuid,
    Email,
    Phone(PhoneRules),
    PersonName,
    Json,
}

/// Where a field's raw text comes from.
#[derive(Debug)]
pub(crate) enum From {
    Cell(usize),
    Sql {
        field: usize,
        inputs: Vec<usize>,
    },
    Value(String),
    /// The version has no such field.
    Absent,
}

/// A bound or an allowed value in the field's own type: days, microseconds, the number, the number times ten to the scale, or 0 and 1.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Whole(i128),
    Float(f64),
}

#[derive(Debug)]
pub(crate) struct PlannedField {
    pub(crate) name: String,
    pub(crate) from: From,
    pub(crate) rule: Rule,
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
    /// The same for types that are no text.
    pub(crate) default_typed: Option<Bound>,
    pub(crate) one_of: HashSet<String>,
    /// The same for types that are no text.
    pub(crate) one_of_typed: Vec<Bound>,
    pub(crate) one_of_list: Vec<String>,
    pub(crate) min: Option<(Bound, String)>,
    pub(crate) max: Option<(Bound, String)>,
    pub(crate) pattern: Option<regex::Regex>,
    pub(crate) on_invalid: OnInvalid,
    /// Nobody reads it and no value of it can be wrong.
    pub(crate) skipped: bool,
}

/// A raw column that the splitters keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawColumn {
    pub(crate) path: Vec<String>,
    pub(crate) keep: Keep,
}

/// Everything that conform needs to know of a source.
pub(crate) struct Plan {
    pub(crate) raw: Vec<RawColumn>,
    pub(crate) fields: Vec<PlannedField>,
    /// Other schemas of the records, over the same raw columns.
    pub(crate) versions: Vec<PlannedVersion>,
    /// Columns that are no drift although no raw column is of them.
    pub(crate) ignored: Arc<Ignored>,
    pub(crate) checks: Vec<model::Check>,
    pub(crate) nulls: NullTokens,
    pub(crate) expressions: Arc<dyn Expressions>,
    /// The fields that are not skipped, then the address.
    pub(crate) schema: SchemaRef,
    /// No fields are declared: columns are what the files have.
    pub(crate) as_found: bool,
    /// What a stored number or moment means without its text being read.
    pub(crate) stored: Stored,
}

/// Whether stored values are the same as what the rules read in their texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    /// No text of a number or a date means that it is missing.
    pub(crate) is_present: bool,
    /// Moments of no zone are of UTC.
    pub(crate) is_utc: bool,
}

/// Name of the hidden last column: the record's [`Address`](crate::address::Address), packed.
pub(crate) const ADDRESS: &str = "_at";

fn declaration(message: String) -> Error {
    Error::new(Kind::Declaration, message)
}

impl Plan {
    /// Whether a value may stop the run.
    pub(crate) fn may_fail(&self) -> bool {
        let mut fields = self
            .fields
            .iter()
            .chain(self.versions.iter().flat_map(|v| &v.fields));
        fields.any(|f| f.on_invalid == OnInvalid::Fail)
    }

    /// The plan of a source with declared fields.
    pub(crate) fn declared(
        source: &Source,
        fields: &[model::Field],
        expressions: Arc<dyn Expressions>,
        needed: Option<&HashSet<String>>,
    ) -> Result<Plan, Error> {
        let mut raw = RawColumns(Vec::new());
        let mut planned = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let from = raw.from(&field.origin, index, &field.ty, &*expressions);
            let mut planned_field = plan_field(source, field, from)?;
            let read =
                needed.is_none_or(|n| n.contains(field.name.as_str())) || !source.checks.is_empty();
            planned_field.skipped = !read && planned_field.takes_anything();
            planned.push(planned_field);
        }
        let mut versions = Vec::with_capacity(source.versions.len());
        for version in &source.versions {
            let skipped = planned.iter().map(|field: &PlannedField| field.skipped);
            let fields = fields
                .iter()
                .enumerate()
                .zip(skipped)
                .map(|((index, field), skipped)| {
                    let given = version.fields.iter().find(|given| given.field == index);
                    let as_here = match given {
                        Some(given) => model::Field {
                            ty: given.ty.clone(),
                            decimal_comma: given.decimal_comma,
                            default: given.default.clone(),
                            ..field.clone()
                        },
                        None => field.clone(),
                    };
                    let from = match given.map(|given| &given.origin) {
                        Some(None) => From::Absent,
                        Some(Some(origin)) => raw.from(origin, index, &field.ty, &*expressions),
                        None => raw.from(&field.origin, index, &field.ty, &*expressions),
                    };
                    Ok(PlannedField {
                        skipped,
                        ..plan_field(source, &as_here, from)?
                    })
                });
            let fields = fields.collect::<Result<_, Error>>()?;
            let when = PlannedWhen::new(source, version, |path| raw.cell(path, Keep::Presence))?;
            versions.push(PlannedVersion {
                name: version.name.value.clone(),
                when,
                fields,
            });
        }
        let nulls = source
            .nulls
            .as_deref()
            .map(NullTokens::from_list)
            .unwrap_or_default();
        let plan = Self::new(
            raw.0,
            planned,
            source.checks.clone(),
            nulls,
            expressions,
            false,
        );
        let is_utc = |zone: &str| zone.eq_ignore_ascii_case("utc");
        Ok(Self {
            versions,
            ignored: Arc::new(Ignored::new(&source.ignore)),
            stored: Stored {
                is_present: source.nulls.is_none(),
                is_utc: source
                    .timezone
                    .as_ref()
                    .is_none_or(|zone| is_utc(&zone.value)),
            },
            ..plan
        })
    }

    /// All fields as a version has them; `None`: as the source has them.
    pub(crate) fn fields_of(&self, version: Option<usize>) -> &[PlannedField] {
        version
            .and_then(|number| self.versions.get(number))
            .map_or(&self.fields, |version| &version.fields)
    }

    /// The raw columns that the fields of a version read.
    pub(crate) fn read_by(&self, version: Option<usize>) -> Vec<bool> {
        let mut read = vec![false; self.raw.len()];
        for field in self.fields_of(version) {
            match &field.from {
                From::Cell(cell) => read[*cell] = true,
                From::Sql { inputs, .. } => inputs.iter().for_each(|cell| read[*cell] = true),
                From::Value(_) | From::Absent => {}
            }
        }
        read
    }

    /// The plan of a source without declared fields: every column as text.
    pub(crate) fn of_columns(names: &[String]) -> Plan {
        let columns: Vec<_> = names
            .iter()
            .map(|n| FoundColumn {
                name: n.clone(),
                kind: FoundKind::Text,
            })
            .collect();
        Self::of_found(&columns)
    }

    /// The plan of a source without declared fields: every column as what its values are.
    pub(crate) fn of_found(columns: &[FoundColumn]) -> Plan {
        let raw = columns
            .iter()
            .map(|c| RawColumn {
                path: vec![c.name.clone()],
                keep: Keep::Text,
            })
            .collect();
        let field = |(i, c): (usize, &FoundColumn)| PlannedField {
            rule: match c.kind {
                FoundKind::Boolean => Rule::Boolean,
                FoundKind::Integer => Rule::Integer(DecimalMark::Point),
                FoundKind::Float => Rule::Float(DecimalMark::Point),
                FoundKind::Null | FoundKind::Text => Rule::Exact,
            },
            ..PlannedField::exact(&c.name, From::Cell(i))
        };
        let fields = columns.iter().enumerate().map(field).collect();
        Self::new(
            raw,
            fields,
            Vec::new(),
            NullTokens::from_list(&[]),
            Arc::new(NoExpressions),
            true,
        )
    }

    /// The plan of Parquet files without declared fields: every column as the files have it, where there is such a type.
    pub(crate) fn of_natural(columns: &[(String, Natural)]) -> Plan {
        let raw = columns
            .iter()
            .map(|(name, _)| RawColumn {
                path: vec![name.clone()],
                keep: Keep::Text,
            })
            .collect();
        let field = |(i, (name, natural)): (usize, &(String, Natural))| PlannedField {
            rule: Rule::of(*natural),
            ..PlannedField::exact(name, From::Cell(i))
        };
        let fields = columns.iter().enumerate().map(field).collect();
        Self::new(
            raw,
            fields,
            Vec::new(),
            NullTokens::from_list(&[]),
            Arc::new(NoExpressions),
            true,
        )
    }

    fn new(
        raw: Vec<RawColumn>,
        fields: Vec<PlannedField>,
        checks: Vec<model::Check>,
        nulls: NullTokens,
        expressions: Arc<dyn Expressions>,
        as_found: bool,
    ) -> Plan {
        let mut columns: Vec<ArrowField> = fields
            .iter()
            .filter(|f| !f.skipped)
            .map(|f| ArrowField::new(&f.name, f.rule.data_type(), true))
            .collect();
        columns.push(ArrowField::new(ADDRESS, DataType::UInt64, false));
        let schema = Arc::new(Schema::new(columns));
        Plan {
            raw,
            fields,
            versions: Vec::new(),
            ignored: Arc::default(),
            checks,
            nulls,
            expressions,
            schema,
            as_found,
            stored: Stored {
                is_present: true,
                is_utc: true,
            },
        }
    }
}

/// The raw columns of a plan in the making.
struct RawColumns(Vec<RawColumn>);

impl RawColumns {
    fn cell(&mut self, path: &[String], keep: Keep) -> usize {
        let column = RawColumn {
            path: path.to_vec(),
            keep,
        };
        self.0.iter().position(|c| *c == column).unwrap_or_else(|| {
            self.0.push(column);
            self.0.len() - 1
        })
    }

    fn from(
        &mut self,
        origin: &Origin,
        field: usize,
        ty: &Type,
        expressions: &dyn Expressions,
    ) -> From {
        match origin {
            Origin::Path(path) => From::Cell(self.cell(
                path,
                if *ty == Type::Json {
                    Keep::Json
                } else {
                    Keep::Text
                },
            )),
            Origin::Value(value) => From::Value(value.clone()),
            Origin::Sql(_) => {
                let inputs = expressions.inputs(field);
                From::Sql {
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

fn plan_field(source: &Source, field: &model::Field, from: From) -> Result<PlannedField, Error> {
    let name = field.name.value.clone();
    let zone = source.timezone.as_ref().map(|z| z.value.as_str());
    let bad = |what: String| {
        declaration(format!(
            "field `{}` of source `{}`: {what}",
            field.name.value, source.name.value
        ))
    };
    let order = |order: &model::DateOrder| match order {
        model::DateOrder::Undeclared => DateOrder::Undeclared,
        model::DateOrder::DayFirst => DateOrder::DayFirst,
        model::DateOrder::MonthFirst => DateOrder::MonthFirst,
    };
    let mark = if field.decimal_comma {
        DecimalMark::Comma
    } else {
        DecimalMark::Point
    };
    let rule = match &field.ty {
        Type::Text => Rule::Text,
        Type::Integer => Rule::Integer(mark),
        Type::Float => Rule::Float(mark),
        Type::Decimal { precision, scale } => Rule::Decimal(*precision, *scale, mark),
        Type::Boolean => Rule::Boolean,
        Type::Date { order: o, formats } => {
            Rule::Date(DateRules::new(order(o), formats, zone).map_err(|e| bad(e.to_string()))?)
        }
        Type::Timestamp { order: o, formats } => Rule::Timestamp(
            TimestampRules::new(order(o), formats, zone).map_err(|e| bad(e.to_string()))?,
        ),
        Type::Uuid => Rule::Uuid,
        Type::Email => Rule::Email,
        Type::Phone { region, format } => {
            let format = match format {
                model::PhoneFormat::E164 => PhoneFormat::E164,
                model::PhoneFormat::National => PhoneFormat::National,
                model::PhoneFormat::Digits => PhoneFormat::Digits,
            };
            Rule::Phone(PhoneRules::new(region.as_deref(), format).map_err(|e| bad(e.to_string()))?)
        }
        Type::PersonName => Rule::PersonName,
        Type::Json => Rule::Json,
    };
    let bound = |text: &Option<onefold_spec::Spanned<String>>| {
        let Some(text) = text else { return Ok(None) };
        let bound = rule.bound(text).map_err(|i| {
            bad(format!(
                "the bound `{}` is not of its type: {}",
                text.value,
                i.reason()
            ))
        })?;
        match bound {
            Some(bound) => Ok(Some((bound, text.value.clone()))),
            None => Err(bad(
                "`min` and `max` are for numbers, dates and timestamps".into()
            )),
        }
    };
    let allowed = field.one_of.iter().map(|text| {
        rule.bound(text).map_err(|i| {
            bad(format!(
                "`{text}` in `one_of` is not of its type: {}",
                i.reason()
            ))
        })
    });
    let allowed = allowed.collect::<Result<Vec<Option<Bound>>, Error>>()?;
    let default = match &field.default {
        None => None,
        Some(text) => rule.bound(text).map_err(|i| {
            bad(format!(
                "the default `{}` is not of its type: {}",
                text.value,
                i.reason()
            ))
        })?,
    };
    let pattern = match &field.pattern {
        None => None,
        Some(p) => Some(
            regex::Regex::new(p)
                .map_err(|e| bad(format!("`pattern` is no regular expression: {e}")))?,
        ),
    };
    Ok(PlannedField {
        from,
        required: field.required,
        default: field.default.as_ref().map(|d| d.value.clone()),
        default_typed: default,
        one_of: field.one_of.iter().cloned().collect(),
        one_of_typed: allowed.into_iter().flatten().collect(),
        one_of_list: field.one_of.clone(),
        min: bound(&field.min)?,
        max: bound(&field.max)?,
        pattern,
        on_invalid: field.on_invalid,
        skipped: false,
        name,
        rule,
    })
}

impl PlannedField {
    fn exact(name: &str, from: From) -> Self {
        Self {
            name: name.to_owned(),
            from,
            rule: Rule::Exact,
            required: false,
            default: None,
            default_typed: None,
            one_of: HashSet::new(),
            one_of_typed: Vec::new(),
            one_of_list: Vec::new(),
            min: None,
            max: None,
            pattern: None,
            on_invalid: OnInvalid::Reject,
            skipped: false,
        }
    }

    fn takes_anything(&self) -> bool {
        let free = matches!(self.rule, Rule::Exact | Rule::Text);
        free && !self.required && self.one_of.is_empty() && self.pattern.is_none()
    }
}

impl Rule {
    /// The rule whose values are those of a column of Parquet.
    fn of(natural: Natural) -> Rule {
        let rule = match natural {
            Natural::Boolean => Some(Rule::Boolean),
            Natural::Integer { .. } => Some(Rule::Integer(DecimalMark::Point)),
            Natural::Float => Some(Rule::Float(DecimalMark::Point)),
            Natural::Decimal(precision, scale) => {
                Some(Rule::Decimal(precision, scale, DecimalMark::Point))
            }
            Natural::Date => DateRules::new(DateOrder::Undeclared, &[], None)
                .ok()
                .map(Rule::Date),
            Natural::Timestamp => TimestampRules::new(DateOrder::Undeclared, &[], None)
                .ok()
                .map(Rule::Timestamp),
            Natural::Nothing | Natural::Text => None,
        };
        rule.unwrap_or(Rule::Exact)
    }

    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Rule::Integer(_) => DataType::Int64,
            Rule::Float(_) => DataType::Float64,
            Rule::Decimal(p, s, _) => DataType::Decimal128(*p, *s as i8),
            Rule::Boolean => DataType::Boolean,
            Rule::Date(_) => DataType::Date32,
            Rule::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Rule::Exact
            | Rule::Text
            | Rule::Uuid
            | Rule::Email
            | Rule::Phone(_)
            | Rule::PersonName
            | Rule::Json => DataType::Utf8View,
        }
    }

    /// A value that the pipeline's author wrote: whatever the column's own writing is, with a decimal point and dates in ISO 8601.
    fn bound(&self, text: &str) -> Result<Option<Bound>, Invalid> {
        const POINT: DecimalMark = DecimalMark::Point;
        Ok(Some(match self {
            Rule::Integer(_) => Bound::Whole(i128::from(number::parse_integer(text, POINT)?)),
            Rule::Float(_) => Bound::Float(number::parse_float(text, POINT)?),
            Rule::Decimal(p, s, _) => Bound::Whole(number::parse_decimal(text, *p, *s, POINT)?),
            Rule::Boolean => Bound::Whole(i128::from(boolean::parse(text)?)),
            Rule::Date(rules) => Bound::Whole(i128::from(rules.parse_standard(text)?)),
            Rule::Timestamp(rules) => Bound::Whole(i128::from(rules.parse_standard(text)?)),
            _ => return Ok(None),
        }))
    }
}
