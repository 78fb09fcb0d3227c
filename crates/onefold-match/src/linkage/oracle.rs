//! Clusters beside the connected components of a graph library.

use petgraph::unionfind::UnionFind;
use petgraph::visit::NodeIndexable;
use proptest::prelude::*;

use super::Roots;
use crate::{Comparison, Input, Kind, Options, Texts, find};

/// Records, and pairs of them.
type Graph = (u32, Vec<(u32, u32)>);

fn graphs() -> impl Strategy<Value = Graph> {
    (1u32..60).prop_flat_map(|records| {
        let pair = (0..records, 0..records);
        (Just(records), prop::collection::vec(pair, 0..80))
    })
}

/// By record: the least record of its component, as the library finds it.
fn components((records, edges): &Graph) -> Vec<u32> {
    let mut graph = petgraph::graph::UnGraph::<(), ()>::default();
    let nodes: Vec<_> = (0..*records).map(|_| graph.add_node(())).collect();
    for (a, b) in edges {
        graph.add_edge(nodes[*a as usize], nodes[*b as usize], ());
    }
    let mut joined = UnionFind::new(graph.node_bound());
    for edge in graph.edge_indices() {
        if let Some((a, b)) = graph.edge_endpoints(edge) {
            joined.union(a.index(), b.index());
        }
    }
    let labels = joined.into_labeling();
    let of = |label: &usize| labels.iter().position(|other| other == label);
    let least: Vec<u32> = labels
        .iter()
        .filter_map(of)
        .map(|place| place as u32)
        .collect();
    let count = labels
        .iter()
        .collect::<std::collections::HashSet<_>>()
        .len();
    assert_eq!(petgraph::algo::connected_components(&graph), count);
    least
}

fn comparison(column: usize, kind: Kind, weighs: bool) -> Comparison {
    Comparison {
        label: format!("c{column}"),
        kind,
        columns: vec![column],
        identifies: false,
        implied_by: None,
        weighs,
    }
}

fn found(columns: &[Vec<Option<String>>], options: Options) -> Vec<u32> {
    let input = Input {
        records: columns[0].len() as u32,
        columns: columns.iter().map(|column| column as &dyn Texts).collect(),
        sources: &[],
    };
    let options = Options {
        threshold: 0.5,
        possible: 0.2,
        threads: 2,
        ..options
    };
    find(&input, &options).expect("a model of its own").clusters
}

proptest! {
    #[test]
    fn roots_are_those_of_the_library(graph in graphs()) {
        let mut roots = Roots::new(graph.0);
        graph.1.iter().for_each(|(a, b)| roots.join(*a, *b));
        let found: Vec<u32> = (0..graph.0).map(|record| roots.root(record)).collect();
        prop_assert_eq!(found, components(&graph));
    }

    /// Pairs that the caller tells are one person make a plain closure.
    #[test]
    fn told_pairs_make_the_components_of_the_library(graph in graphs()) {
        let column = (0..graph.0).map(|record| Some(format!("v{record}"))).collect();
        let options = Options {
            comparisons: vec![comparison(0, Kind::Text, false)],
            must: graph.1.clone(),
            ..Options::default()
        };
        prop_assert_eq!(found(&[column], options), components(&graph));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Where all pairs of a component are strong links and no others are, the model finds the same. Most records are alone: what everybody
    /// shares would say nothing.
    #[test]
    fn strong_links_make_the_components_of_the_library((records, edges) in graphs()) {
        let graph = (records + 300, edges.into_iter().take(20).collect());
        let components = components(&graph);
        let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); 4];
        for component in &components {
            // Six letters and ten digits that no two components nearly share.
            let mix = u64::from(component + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let letters = |from: u32| -> String {
                (0..7).map(|place| char::from(b'a' + (mix.rotate_left(from + place * 9) % 26) as u8)).collect()
            };
            let (month, day) = (mix % 12 + 1, mix / 12 % 28 + 1);
            let values = [
                format!("{} {}", letters(0), letters(31)),
                format!("{}-{month:02}-{day:02}", 1930 + mix / 400 % 70),
                format!("{}@example.com", letters(17)),
                format!("7{:09}", mix % 1_000_000_000),
            ];
            for (column, value) in columns.iter_mut().zip(values) {
                column.push(Some(value));
            }
        }
        let kinds = [Kind::Name, Kind::Date, Kind::Email, Kind::Phone];
        let comparisons = kinds.into_iter().enumerate().map(|(column, kind)| comparison(column, kind, true));
        let options = Options { comparisons: comparisons.collect(), ..Options::default() };
        prop_assert_eq!(found(&columns, options), components);
    }
}
