//! The whole resolution, step by step.

use arrow::array::StringViewArray;
use arrow::datatypes::SchemaRef;
use onefold_rows::Place;
use onefold_rows::parallel::both;

use crate::clusters::{Clusters, Groups};
use crate::decided::{DECISION, Decided, Pair};
use crate::decision::DecisionReport;
use crate::error::{Error, Kind};
use crate::ids::Ids;
use crate::likeness::Told;
use crate::match_groups::{Key, MatchGroups, match_groups};
use crate::options::{Compare, MAX_RULES, Options, Rule, StableIds};
use crate::people::People;
use crate::records::Records;
use crate::report::report;
use crate::resolved::{Resolved, Schemas};
use crate::sources::SourceRecords;
use crate::state::{Keyed, Met};
use crate::survivorship::{Orders, survivors};
use crate::union_find::UnionFind;
use crate::values::comparable;
use crate::{
    customers, duplicates, likeness, lineage, links, members, parting, possible, provenance,
};

/// Finds the records that are one customer and what survives of them.
///
/// Record numbers count all records of the sources in input order from 0; customer numbers count customers in order of their first
/// record from 0, and customer 0 has the id with number 1.
///
/// # Errors
/// The options or the sources do not fit; never the values.
pub fn resolve(sources: Vec<SourceRecords>, options: &Options) -> Result<Resolved, Error> {
    let records = Records::new(sources)?;
    let schemas = Schemas {
        customers: customers::schema(&records, &options.id)?,
        duplicates: duplicates::schema(),
        links: links::schema(
            &options.id,
            options.has_scores(),
            options.decisions.is_some(),
        ),
        possible: possible::schema(),
        members: members::schema(&options.id),
        provenance: provenance::schema(&options.id),
        lineage: lineage::schema(),
    };
    check_likeness(&records, options)?;
    let keys = keys(&records, options)?;
    let orders = Orders::new(&records, options)?;

    let own_keys = match options.stable {
        Some(_) => own_keys(&records)?,
        None => Vec::new(),
    };
    // Records are found in what the run before left while they are compared with each other.
    let (joined, met) = both(
        options.threads,
        || Joined::new(&records, &keys, options),
        || {
            let stable = options.stable.as_ref();
            let met = stable.map(|stable| meet(&records, &own_keys, stable, options.threads));
            met.transpose()
        },
    );
    let (joined, met) = (joined?, met?);
    drop(keys);
    let Joined {
        union_find,
        mut matched,
        by_likeness,
        decided,
        decisions,
        decision_rule,
    } = joined;
    let mut with_rules = options.clone();
    if decision_rule.is_some() {
        with_rules.rules.push(Rule::on(DECISION, []));
    }
    let (customer_of, mut kept) = union_find.into_components();
    let customers = kept.len();
    // Neither of the two keeps all threads busy.
    let ((groups, survivors), ids) = both(
        options.threads,
        || {
            let (mut groups, by_model) = both(
                options.threads,
                || Groups::new(&customer_of, customers),
                || {
                    let found = by_likeness.as_ref().filter(|_| options.has_scores());
                    found.map(likeness::groups)
                },
            );
            if let Some(by_model) = by_model {
                matched.push(by_model);
                with_rules.rules.push(Rule::on(likeness::MODEL, []));
            }
            groups.note(&customer_of, &matched);
            let survivors = survivors(&records, &groups, &orders, options);
            (groups, survivors)
        },
        || match options.stable.as_ref().zip(met) {
            Some((stable, met)) => ids(met, customers, &customer_of, stable, options.threads),
            None => Ok(Ids::Places(options.id.clone())),
        },
    );
    let ids = ids?;
    drop(orders);
    for (customer, record) in groups.customers.iter().zip(&survivors.kept) {
        kept[*customer as usize] = *record;
    }
    let clusters = Clusters {
        customer_of,
        kept,
        groups,
    };
    Ok(Resolved {
        report: report(&records, &clusters, &matched, &ids, &with_rules, decisions),
        schemas,
        records,
        clusters,
        ids,
        matched,
        found: by_likeness,
        decided,
        decision_rule,
        origins: survivors.origins,
        joined: survivors.joined,
        options: with_rules,
    })
}

/// Which records are one customer, and by what.
struct Joined {
    union_find: UnionFind,
    matched: Vec<MatchGroups>,
    by_likeness: Option<likeness::Found>,
    decided: Decided,
    decisions: DecisionReport,
    /// The rule that stands for decisions among those of `matched`.
    decision_rule: Option<usize>,
}

impl Joined {
    fn new(records: &Records, keys: &[Key<'_>], options: &Options) -> Result<Self, Error> {
        let mut matched = by_rules(records, keys, options);
        let (decided, decisions) = Decided::new(records, options.decisions())?;
        let mut union_find = parting::join(records, &mut matched, &decided)?;
        let (mut by_likeness, mut decision_rule) = (None, None);
        let told = options.likeness.as_ref().map(|_| told(&matched, &decided));
        if !options.decisions().is_empty() {
            decision_rule = Some(matched.len());
            matched.push(decided.groups());
        }
        if let (Some(likeness), Some(told)) = (&options.likeness, told) {
            let found = likeness::find(records, likeness, told, options.threads)?;
            // The links of the rules are among those of the model, but for what something parts.
            union_find = UnionFind::of_firsts(found.matched.clusters.clone());
            parting::within(&mut matched, &mut union_find);
            by_likeness = Some(found);
        }
        Ok(Self {
            union_find,
            matched,
            by_likeness,
            decided,
            decisions,
            decision_rule,
        })
    }
}

/// Checks the options against the sources' schemas, without looking at any record, and tells the schemas of the result.
///
/// # Errors
/// Those of [`resolve`], as far as they do not depend on the number of records.
pub fn schemas(sources: &[SourceRecords], options: &Options) -> Result<Schemas, Error> {
    let empty = sources.iter().map(|source| SourceRecords {
        batches: Vec::new(),
        name: source.name.clone(),
        label: source.label.clone(),
        schema: SchemaRef::clone(&source.schema),
        ..*source
    });
    let options = Options {
        stable: None,
        ..options.clone()
    };
    Ok(resolve(empty.collect(), &options)?.schemas)
}

/// The links of each rule.
pub(crate) fn by_rules(records: &Records, keys: &[Key<'_>], options: &Options) -> Vec<MatchGroups> {
    let rules = options.rules.iter().zip(keys);
    let groups = rules.map(|(rule, key)| {
        let people = People::new(records, &options.person, rule);
        match_groups(records, key, &people, rule.max_shared, options.threads)
    });
    groups.collect()
}

/// What the model is told of the links so far.
pub(crate) fn told(matched: &[MatchGroups], decided: &Decided) -> Told {
    let links = matched.iter().flat_map(|groups| &groups.links);
    let pairs = |pairs: &[Pair]| pairs.iter().map(|pair| (pair.a, pair.b)).collect();
    Told {
        must: links.map(|link| (link.record, link.first)).collect(),
        same: pairs(&decided.same),
        different: pairs(&decided.different),
    }
}

/// By part: the keys of the records.
fn own_keys(records: &Records) -> Result<Vec<StringViewArray>, Error> {
    let parts = 0..records.part_count() as u32;
    parts.map(|part| records.own_keys(part)).collect()
}

/// Looks for the records in what the run before left.
fn meet<'a>(
    records: &'a Records,
    own_keys: &'a [StringViewArray],
    stable: &'a StableIds,
    threads: usize,
) -> Result<Met<'a>, Error> {
    let keyed = own_keys.iter().zip(0u32..).map(|(keys, part)| {
        let source = records.source_at(Place { part, row: 0 });
        let source = &records.sources[source].name;
        Keyed { source, keys }
    });
    let keyed: Vec<Keyed<'_>> = keyed.collect();
    Ok(stable.previous.meet(&keyed, threads)?)
}

/// The ids that customers keep.
fn ids(
    met: Met<'_>,
    customers: usize,
    customer_of: &[u32],
    stable: &StableIds,
    threads: usize,
) -> Result<Ids, Error> {
    let (customers, run) = (customers as u32, &stable.run);
    let assigned = met.assign(customers, customer_of, &stable.scheme, run, threads)?;
    Ok(Ids::kept(assigned))
}

/// Every column that a comparison or `never` names is there, so nothing is wrong with it in a run.
pub(crate) fn check_likeness(records: &Records, options: &Options) -> Result<(), Error> {
    let Some(likeness) = &options.likeness else {
        return Ok(());
    };
    let mut named: Vec<(&String, String)> = likeness
        .never
        .iter()
        .map(|column| (column, "`never`".to_owned()))
        .collect();
    if let Compare::Given(compared) = &likeness.compare {
        for one in compared {
            let used_by = format!("comparison `{}`", one.label);
            named.extend(one.columns.iter().map(|column| (column, used_by.clone())));
        }
    }
    for (column, used_by) in named {
        if records.column_index(column).is_none() {
            let column = column.clone();
            return Err(Kind::UnknownColumn { column, used_by }.into());
        }
    }
    Ok(())
}

/// What the rules compare.
pub(crate) fn keys<'a>(records: &'a Records, options: &Options) -> Result<Vec<Key<'a>>, Error> {
    let rules = options.rules.len() + options.other_links();
    if rules > MAX_RULES {
        return Err(Kind::TooManyRules(rules).into());
    }
    let key = |rule: &Rule| {
        if rule.columns.is_empty() {
            return Err(Kind::EmptyRule(rule.label.clone()).into());
        }
        let used_by = format!("match rule `{}`", rule.label);
        let columns = rule
            .columns
            .iter()
            .map(|column| comparable(records, column, &used_by))
            .collect::<Result<_, _>>()?;
        Ok(Key::new(columns, rule.fold_case))
    };
    options.rules.iter().map(key).collect()
}
