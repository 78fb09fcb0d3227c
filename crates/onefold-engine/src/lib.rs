//! The engine: a pipeline file in, published outputs and a report out.
//!
//! [`Project::load`] reads a pipeline file, [`Project::check`] finds everything that is wrong with it without reading data,
//! [`Project::run`] does it. A run reads dirty files (`onefold-read`), makes tables by steps (`steps`), encodes and publishes them
//! (`onefold-write`), and accounts for every record (`Report`). Rows move one way, in batches, in an order that depends on the input
//! alone.

mod aggregation;
mod ask;
mod asks;
mod before;
mod bounds;
pub mod browse;
mod catalog;
mod checks;
mod clauses;
mod decide;
pub mod diff;
mod error;
mod events;
mod explain;
mod fault;
mod freshness;
mod functions;
mod ledger;
mod lineage;
mod log;
mod mentions;
mod metrics;
mod ordered;
mod owned;
mod person;
mod places;
mod prepare;
mod probe;
mod project;
mod query;
mod rejected;
mod report;
mod run;
mod show;
mod source_sql;
mod sql;
mod steps;
mod stored;
mod suppression;
mod temporary;
mod testing;
mod texts;
mod thresholds;
mod trace;
mod undivided;

pub use ask::{Answer, Question, query};
pub use before::{Runs, runs_in};
pub use decide::{Decidable, Decisions, Written, decide, decide_all, take_back};
pub use error::{Error, Kind};
pub use events::RunEvent;
pub use jiff::Timestamp;
pub use lineage::{Part, PartKind};
pub use onefold_match::PARTED_BY_DECISION;
pub use onefold_read::FileDialect;
pub use onefold_resolve::state::{Run as StateRun, Standing, State};
pub use onefold_resolve::{Decision, RecordName, SIZE_BUCKETS, evaluate};
pub use onefold_write::{commit_steps, durable, hold_commits};
pub use owned::owned;
pub use person::{Erasure, Receipt};
pub use places::record_name;
pub use project::{LoadError, PlannedSource, PlannedTable, Project};
pub use rejected::{RejectGroup, Rejected, rejects_of_last_run};
pub use report::{
    AsofReport, CheckReport, CheckSeverity, DecisionCounts, DriftReport, ExplodeReport, FieldCount,
    FieldUse, FileReport, FreshnessReport, GuardCount, IdReport, JoinReport, KeptReport,
    LearnedComparison, LearnedLevel, LearnedModel, LeftOutReport, ModelReport, OutputReport,
    Oversized, REPORT_VERSION, RejectCount, RejectKind, Removed, Report, ResolveReport, RuleCounts,
    SharedValue, SkippedBlock, SourceReport, Status, TableReport, VersionCount,
};
pub use run::{Keep, MemoryLimit, RunOptions};
pub use show::{Bar, Look, Plot, Shown, Whole};
pub use testing::{DiffLine, Side, TestFailure, TestResult};
pub use thresholds::{Agreement, Cut, Pair, RANGE as THRESHOLDS, Thresholds};
pub use trace::{Course, Stage, Trace};
pub use undivided::Undivided;
