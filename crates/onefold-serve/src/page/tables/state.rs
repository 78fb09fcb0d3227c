//! What somebody looks at of a table, as the address of the page says it.

use std::sync::Arc;

use onefold_engine::browse::{Column, Condition, Sort, Table, View};

use crate::app::App;
use crate::asked::Asked;
use crate::failure::Failure;
use crate::link::Link;

/// Columns of tables of rejects that hold no value of a record.
const OPEN_COLUMNS: &[&str] = &[
    "record",
    "element",
    "file",
    "line",
    "byte_offset",
    "code",
    "reason",
    "field",
];

/// Whether a column of a table holds what is not shown until somebody asks for it: the raw text of rejected records.
fn is_hidden(table: &str, column: &str) -> bool {
    has_hidden(table) && !OPEN_COLUMNS.contains(&column)
}

/// Whether a table has such columns.
fn has_hidden(table: &str) -> bool {
    table.ends_with(".rejects") || table.ends_with(".nulled")
}

/// What somebody looks at of a table.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// The run that is looked at.
    pub(crate) run_id: String,
    /// Whether the address names the run.
    is_run_named: bool,
    pub(crate) name: String,
    pub(crate) table: Arc<Table>,
    pub(crate) conditions: Vec<Condition>,
    /// The id of the conditions.
    pub(crate) filter: Option<String>,
    pub(crate) sort: Vec<Sort>,
    /// Places of the columns that are shown, in order.
    pub(crate) columns: Vec<usize>,
    /// Whether the address names the columns.
    are_columns_named: bool,
    pub(crate) offset: u64,
    /// Columns whose values are listed beside the rows.
    pub(crate) facets: Vec<String>,
}

impl State {
    /// What a request asks for.
    pub(crate) fn of(app: &App, asked: &Asked, name: &str) -> Result<Self, Failure> {
        let runs = app.runs();
        let run = app.run(&runs, asked)?;
        let run = run.ok_or_else(|| Failure::missing("there has been no run"))?;
        let table = app.table(&run.run_id, name)?;
        let filter = asked.value("filter").map(str::to_owned);
        let conditions = match &filter {
            None => Vec::new(),
            Some(id) => app.conditions.get(id).ok_or_else(|| {
                let failure = Failure::missing("the filter of this address is not known here");
                failure.hint("it was set on another server, or in another output folder")
            })?,
        };
        let sort = asked.values("sort").flat_map(|list| list.split(','));
        let sort = sort.map(|key| match key.strip_prefix('-') {
            Some(column) if table.column(key).is_err() => (column, true),
            _ => (key, false),
        });
        let sort = sort.map(|(column, descending)| {
            table.column(column)?;
            Ok(Sort {
                column: column.to_owned(),
                descending,
            })
        });
        let named: Vec<&str> = asked.values("column").collect();
        let columns = match named.is_empty() {
            true => Ok((0..table.columns().len()).collect()),
            false => named.iter().map(|name| table.column(name)).collect(),
        };
        Ok(Self {
            run_id: run.run_id.clone(),
            is_run_named: asked.value("run").is_some(),
            name: name.to_owned(),
            sort: sort.collect::<Result<_, Failure>>()?,
            columns: columns?,
            are_columns_named: !named.is_empty(),
            offset: asked.number("offset").unwrap_or(0).min(table.rows()),
            facets: asked.values("facet").map(str::to_owned).collect(),
            conditions,
            filter,
            table,
        })
    }

    /// The rows that are seen.
    pub(crate) fn view(&self, app: &App) -> Result<Arc<View>, Failure> {
        app.view(&self.run_id, &self.name, &self.conditions, &self.sort)
    }

    /// The address of this state, at a part of the table's pages.
    pub(crate) fn link(&self, part: Option<&str>) -> Link {
        let mut parts = vec!["tables", self.name.as_str()];
        parts.extend(part);
        let mut link = Link::to(&parts)
            .with_some("run", self.is_run_named.then_some(&self.run_id))
            .with_some("filter", self.filter.as_ref());
        if !self.sort.is_empty() {
            let keys = self.sort.iter().map(|sort| {
                let mark = if sort.descending { "-" } else { "" };
                format!("{mark}{}", sort.column)
            });
            link = link.with("sort", keys.collect::<Vec<_>>().join(","));
        }
        if self.are_columns_named {
            for column in self.columns() {
                link = link.with("column", &column.name);
            }
        }
        for facet in &self.facets {
            link = link.with("facet", facet);
        }
        link.with_some("offset", (self.offset > 0).then_some(self.offset))
    }

    /// The list of all tables of the run.
    pub(crate) fn list(&self) -> Link {
        Link::to(&["tables"]).with_some("run", self.is_run_named.then_some(&self.run_id))
    }

    /// The columns that are shown.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Column> {
        let all = self.table.columns();
        self.columns.iter().filter_map(|place| all.get(*place))
    }

    /// The same table, sorted by a column: upwards first, then downwards, then not at all.
    pub(crate) fn sorted_by(&self, column: &str) -> Self {
        let now = self.sort.first().filter(|sort| sort.column == column);
        let descending = match now.map(|sort| sort.descending) {
            None => Some(false),
            Some(false) => Some(true),
            Some(true) => None,
        };
        let sort = descending.map(|descending| Sort {
            column: column.to_owned(),
            descending,
        });
        Self {
            sort: sort.into_iter().collect(),
            offset: 0,
            ..self.clone()
        }
    }

    /// The same table, from another row on.
    pub(crate) fn at_row(&self, offset: u64) -> Self {
        Self {
            offset,
            ..self.clone()
        }
    }

    /// The same table, with or without the values of a column beside it.
    pub(crate) fn with_facet(&self, column: &str, is_open: bool) -> Self {
        let mut facets = self.facets.clone();
        facets.retain(|facet| facet != column);
        if is_open {
            facets.push(column.to_owned());
        }
        Self {
            facets,
            ..self.clone()
        }
    }

    /// The same table under other conditions, which are kept if rows can be held against them.
    pub(crate) fn under(&self, app: &App, conditions: Vec<Condition>) -> Result<Self, Failure> {
        let mut next = Self {
            conditions,
            filter: None,
            offset: 0,
            ..self.clone()
        };
        next.view(app)?;
        if !next.conditions.is_empty() {
            let kept = app.conditions.id(&next.conditions).map_err(|error| {
                Failure::unwritable("the filter could not be kept", &error)
                    .hint("it is written beside the runs, in the output folder")
            });
            next.filter = Some(kept?);
        }
        Ok(next)
    }

    /// Whether all of its texts can be searched: what is hidden cannot.
    pub(crate) fn is_searchable(&self) -> bool {
        !has_hidden(&self.name)
    }

    /// Whether values of a column are hidden.
    pub(crate) fn hides(&self, column: &str) -> bool {
        is_hidden(&self.name, column)
    }
}
