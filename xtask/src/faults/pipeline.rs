//! The pipelines that are run: those of the benchmark with a state, and a small one with all that a run can leave.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

/// A pipeline of the benchmark; its customers have a state, where it makes any.
pub(super) fn with_state(job: &str, path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path);
    let text = text.with_context(|| format!("could not read {}", path.display()))?;
    if !text.contains("resolve:") {
        return Ok(text);
    }
    let match_key = "      keep: most_complete\n";
    if !text.contains(match_key) {
        bail!("{job} has no place for a state");
    }
    Ok(text.replace(
        match_key,
        &format!("{match_key}      state: customers.state\n"),
    ))
}

/// A run of a pipeline in a folder; all tables stay.
pub(super) fn run(program: &Path, folder: &Path, inputs: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["run", "p.yaml", "--out", "out", "--keep", "all", "--quiet"]);
    command.arg("--in").arg(inputs);
    command.current_dir(folder);
    command
}

/// State, decisions, checks, rejects, blanked values, a folder of its own, partitions that come and go, compression and metrics.
pub(super) const SMALL: &str = r#"
pipeline: faults
sources:
  crm: {path: crm.csv, key: id, fields: {id: {required: true}, name: person_name, email: email, spent: {type: "decimal(12,2)", on_invalid: 'null'}}}
  shop: {path: shop.jsonl, key: id, fields: {id: {required: true}, name: person_name, email: email}}
tables:
  customers:
    resolve: {from: [crm, shop], match: [email], id: {name: customer, prefix: C}, state: customers.state, decisions: decisions.csv}
    checks:
      - {unique: [customer]}
      - {not_null: email, severity: warn}
outputs:
  - {table: customers, path: customers.csv}
  - {table: customers.lineage, path: deep/lineage.parquet, columns: [old_id, new_id, event]}
  - {table: customers.members, path: members.jsonl.gz}
  - {table: crm.rejects, path: rejects.csv}
  - {table: shop, path: by_id/, partition_by: id}
  - {metrics: run, path: run.prom}
"#;

/// Names and texts of its inputs, for the run before and for the run that is disturbed.
pub(super) const INPUTS: [(&str, &str, &str); 3] = [
    (
        "decisions.csv",
        "decision,source_a,key_a,source_b,key_b,who,at,why\nsame,crm,1,shop,s2,ann,2024-01-01T00:00:00Z,phoned\n",
        "decision,source_a,key_a,source_b,key_b,who,at,why\nsame,crm,1,shop,s2,ann,2024-01-01T00:00:00Z,phoned\ndifferent,crm,5,crm,7,ann,2024-02-01T00:00:00Z,twins\n",
    ),
    (
        "crm.csv",
        "id,name,email,spent\n1,Ann Lee,ann@example.org,1.50\n2,Bob Ray,bob@example.org,x\n3,Cid,not an address,3\n4,no more fields\n5,Eve Moe,eve@example.org,2\n",
        "id,name,email,spent\n1,Ann Lee,ann@example.org,1.50\n2,Bob Ray,bob@example.org,x\n3,Cid,not an address,3\n5,Eve Moe,eve@example.org,2\n6,Fay,zoe@example.org,9\n7,Eva Moe,eve@example.org,y\n",
    ),
    (
        "shop.jsonl",
        "{\"id\":\"s1\",\"name\":\"ann lee\",\"email\":\"Ann@example.org\"}\n{\"id\":\"s2\",\"name\":\"Zoe\",\"email\":\"zoe@example.org\"}\n{\"id\": \"s3\", \"email\": \n",
        "{\"id\":\"s1\",\"name\":\"ann lee\",\"email\":\"Ann@example.org\"}\n{\"id\":\"s4\",\"name\":\"Zoe\",\"email\":\"bob@example.org\"}\n{\"id\": \"s3\", \"email\": \n",
    ),
];
