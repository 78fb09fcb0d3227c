//! The plan of a source: its raw columns, its fields and versions, its checks.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use onefold_spec::model::{self, OnInvalid, Source};
use onefold_values::{BooleanRules, DecimalMark, NullTokens};

use super::expressions::{Expressions, NoExpressions};
use super::field::{PlannedField, PlannedOrigin, plan_field};
use super::raw::{RawColumn, RawColumns};
use super::rule::Rule;
use super::version::{PlannedVersion, PlannedWhen};
use crate::drift::Ignored;
use crate::error::Error;
use crate::found::{FoundColumn, FoundKind, Natural};
use crate::raw::Keep;

/// Everything that conform needs to know of a source.
pub(crate) struct Plan {
    pub(crate) raw: Vec<RawColumn>,
    pub(crate) fields: Vec<PlannedField>,
    /// Other schemas of the records, over the same raw columns.
    pub(crate) versions: Vec<PlannedVersion>,
    /// Columns that do not count as drift although no raw column reads them.
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
        let mut raw = RawColumns::default();
        let mut planned = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let origin = raw.origin(&field.origin, index, &field.ty, &*expressions);
            let mut planned_field = plan_field(source, field, origin)?;
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
                    let origin = match given.map(|given| &given.origin) {
                        Some(None) => PlannedOrigin::Absent,
                        Some(Some(origin)) => raw.origin(origin, index, &field.ty, &*expressions),
                        None => raw.origin(&field.origin, index, &field.ty, &*expressions),
                    };
                    Ok(PlannedField {
                        skipped,
                        ..plan_field(source, &as_here, origin)?
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
            raw.finish(),
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
            match &field.origin {
                PlannedOrigin::Cell(cell) => read[*cell] = true,
                PlannedOrigin::Sql { inputs, .. } => {
                    inputs.iter().for_each(|cell| read[*cell] = true)
                }
                PlannedOrigin::Value(_) | PlannedOrigin::Absent => {}
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
                FoundKind::Boolean => Rule::Boolean(BooleanRules::default()),
                FoundKind::Integer => Rule::Integer(DecimalMark::Point),
                FoundKind::Float => Rule::Float(DecimalMark::Point),
                FoundKind::Null | FoundKind::Text => Rule::Exact,
            },
            ..PlannedField::exact(&c.name, PlannedOrigin::Cell(i))
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
            ..PlannedField::exact(name, PlannedOrigin::Cell(i))
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
