//! The file of `onefold evaluate --truth`: which records truly are one customer.

use std::collections::HashMap;

use super::resolution::Resolution;

/// Names of the column with the key of a record, the best first; the keys of the sources come after them.
const KEYS: &[&str] = &["record_key", "record_id", "id"];
/// Names of the column with what the record truly belongs to.
const ENTITIES: &[&str] = &[
    "entity_id",
    "entity",
    "cluster",
    "cluster_id",
    "customer_id",
];

/// The columns that were taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) source: Option<usize>,
    pub(super) key: usize,
    pub(super) entity: usize,
}

/// Chooses columns by name, and by place where no name is known: source, key, entity, or key and entity. `None`: there are too few.
pub(super) fn columns(names: &[String], keys: &[String]) -> Option<Columns> {
    let named = |wanted: &[&str]| {
        let place = |name: &&str| names.iter().position(|n| n.eq_ignore_ascii_case(name));
        wanted.iter().find_map(place)
    };
    let keys: Vec<&str> = KEYS
        .iter()
        .copied()
        .chain(keys.iter().map(String::as_str))
        .collect();
    let (mut source, key, entity) = (named(&["source"]), named(&keys), named(ENTITIES));
    if source.is_none() && key.is_none() && entity.is_none() && names.len() > 2 {
        source = Some(0);
    }
    let is_free =
        |place: &usize, other: Option<usize>| Some(*place) != source && Some(*place) != other;
    let key = key.or_else(|| (0..names.len()).find(|place| is_free(place, entity)))?;
    let entity = match (entity, source) {
        (Some(entity), _) => entity,
        // By place alone, what follows the key.
        (None, Some(_)) if names.len() > 3 && key + 1 < names.len() => key + 1,
        (None, _) => (0..names.len())
            .rev()
            .find(|place| is_free(place, Some(key)))?,
    };
    (key != entity).then_some(Columns {
        source,
        key,
        entity,
    })
}

/// The truth, put beside what was found.
#[derive(Debug, Default)]
pub(super) struct Truth {
    /// True entity of each member, as a number; `None`: not known.
    pub(super) of: Vec<Option<u32>>,
    /// Names of the entities.
    pub(super) entities: Vec<String>,
    /// Records that the file has.
    pub(super) records: u64,
    /// Records of the file that the data do not have.
    pub(super) not_in_data: u64,
    /// Lines that say again what another has said.
    pub(super) repeated: u64,
    /// Lines without a key or an entity.
    pub(super) empty: u64,
    /// Records of the file whose key several sources have, though it does not name one.
    pub(super) ambiguous: u64,
    /// Keys that have two entities, the first few.
    pub(super) contradictions: Vec<String>,
}

/// Reads the lines of a truth file. `label` gives the names that a source may have.
pub(super) fn read(
    rows: &[Vec<Option<String>>],
    columns: &Columns,
    found: &Resolution,
    labels: &HashMap<String, String>,
) -> Truth {
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, (record, _)) in found.members.iter().enumerate() {
        by_key.entry(&record.key).or_default().push(place);
    }
    let mut truth = Truth {
        of: vec![None; found.members.len()],
        ..Truth::default()
    };
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut said: HashMap<(Option<&str>, &str), &str> = HashMap::new();
    for row in rows {
        let cell = |column: usize| {
            let cell = row.get(column).and_then(Option::as_deref).map(str::trim);
            cell.filter(|text| !text.is_empty())
        };
        let (Some(key), Some(entity)) = (cell(columns.key), cell(columns.entity)) else {
            truth.empty += 1;
            continue;
        };
        let source = columns.source.and_then(cell);
        let source = source.map(|name| labels.get(name).map_or(name, String::as_str));
        match said.insert((source, key), entity) {
            Some(before) if before == entity => {
                truth.repeated += 1;
                continue;
            }
            Some(_) => {
                truth.contradict(key);
                continue;
            }
            None => truth.records += 1,
        }
        let places = by_key.get(key).into_iter().flatten().copied();
        let source_of = |place: usize| {
            found
                .members
                .get(place)
                .map(|(record, _)| record.source.as_str())
        };
        let places = places.filter(|place| source.is_none() || source_of(*place) == source);
        let places: Vec<usize> = places.collect();
        let Some(first) = places.first() else {
            truth.not_in_data += 1;
            continue;
        };
        if places
            .iter()
            .any(|place| source_of(*place) != source_of(*first))
        {
            truth.ambiguous += 1;
            continue;
        }
        let next = truth.entities.len() as u32;
        let number = *numbers.entry(entity).or_insert(next);
        if number == next {
            truth.entities.push(entity.to_owned());
        }
        for place in places {
            match truth.of.get_mut(place) {
                Some(known @ None) => *known = Some(number),
                Some(Some(known)) if *known != number => truth.contradict(key),
                _ => {}
            }
        }
    }
    truth
}

impl Truth {
    fn contradict(&mut self, key: &str) {
        if self.contradictions.len() < 3 && !self.contradictions.iter().any(|known| known == key) {
            self.contradictions.push(key.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(names: &[&str]) -> Option<(Option<usize>, usize, usize)> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let columns = columns(&names, &["unique_id".to_owned()])?;
        Some((columns.source, columns.key, columns.entity))
    }

    #[test]
    fn columns_by_name_then_by_place() {
        assert_eq!(
            taken(&["source", "record_key", "entity_id"]),
            Some((Some(0), 1, 2))
        );
        assert_eq!(taken(&["Cluster", "ID", "note"]), Some((None, 1, 0)));
        assert_eq!(taken(&["unique_id", "name", "cluster"]), Some((None, 0, 2)));
        assert_eq!(taken(&["a", "b"]), Some((None, 0, 1)));
        assert_eq!(taken(&["a", "b", "c"]), Some((Some(0), 1, 2)));
        assert_eq!(taken(&["x", "entity"]), Some((None, 0, 1)));
        assert_eq!(taken(&["entity"]), None);
        assert_eq!(taken(&["source", "entity"]), None);
        assert_eq!(taken(&[]), None);
    }
}
