//! The examples that stand at the top of each help.

pub(crate) const EXAMPLES: &str = "\
Examples:
  onefold check crm.yaml             find what is wrong with a pipeline file
  onefold run crm.yaml --out out     run it and publish its outputs into out/
  onefold run --help                 all options of a command
Guide: docs/guide/getting-started.md";

pub(crate) const RUN_EXAMPLES: &str = "\
Examples:
  onefold run crm.yaml                         outputs into the current folder
  onefold run crm.yaml --in exports --out out  other folders for inputs and outputs
  onefold run crm.yaml --dry-run               say what would be read and written
  onefold run nightly --quiet --memory 4GB     nightly/onefold.yaml; errors only
Guide: docs/guide/getting-started.md";

pub(crate) const CHECK_EXAMPLES: &str = "\
Examples:
  onefold check crm.yaml
  onefold check crm.yaml --format json  for editors and other programs
Guide: docs/guide/pipeline-file.md";

pub(crate) const PLAN_EXAMPLES: &str = "\
Examples:
  onefold plan crm.yaml
  onefold plan crm.yaml --in exports  with the files in another folder
Guide: docs/guide/pipeline-file.md";

pub(crate) const TEST_EXAMPLES: &str = "\
Examples:
  onefold test crm.yaml
Guide: docs/guide/testing.md";

pub(crate) const SESSIONS_EXAMPLES: &str = "\
Examples:
  onefold sessions --input events.json --out sessions.csv --skips-out skipped.csv
  onefold sessions --input events.json --out s.csv --skips-out k.csv --gap 30m
Here --out is a file; that of `onefold run` is a folder.
Guide: docs/guide/sessions.md";

pub(crate) const SCHEMA_EXAMPLES: &str = "\
Examples:
  onefold schema > onefold.schema.json
Guide: docs/guide/pipeline-file.md";

pub(crate) const INIT_EXAMPLES: &str = "\
Examples:
  onefold init crm.csv orders.json      write onefold.yaml for two files
  onefold init exports --out pipeline   for all data files of a folder
  onefold init 'logs/*.gz' --stdout     print the draft
Guide: docs/guide/getting-started.md";

pub(crate) const RESOLVE_EXAMPLES: &str = "\
Examples:
  onefold resolve crm.csv shop.csv --out out    find who is who in two files
  onefold resolve crm.csv --out out --key id --ignore notes
  onefold resolve crm.csv --out out --threshold 90
Writes customers.csv, members.csv, links.csv, possible.csv, report.html and onefold.yaml, the pipeline that does the same.
Guide: docs/guide/matching.md";

pub(crate) const DECIDE_EXAMPLES: &str = "\
Examples:
  onefold decide same crm.yaml crm:17 shop:204 --why 'called her'
  onefold decide different crm.yaml crm:17 crm:18 --why 'twins'
It appends a line to the file that `decisions:` of the `resolve` names.
Guide: docs/guide/runs.md";

pub(crate) const RESOLVE_ID_EXAMPLES: &str = "\
Examples:
  onefold resolve-id crm.yaml CUST42           what CUST42 is now: itself, another, several, or gone
  onefold resolve-id crm.yaml CUST42 --out out  where the outputs of the pipeline are in out/
Guide: docs/guide/runs.md";

pub(crate) const RUNS_EXAMPLES: &str = "\
Examples:
  onefold runs --out out  when they began, how they ended, rows and rejects
Guide: docs/guide/runs.md";

pub(crate) const DIFF_EXAMPLES: &str = "\
Examples:
  onefold diff --out out                the last two runs that have kept tables
  onefold diff RUN_A RUN_B --out out    any two; `onefold runs` lists them
Guide: docs/guide/runs.md";

pub(crate) const QUERY_EXAMPLES: &str = "\
Examples:
  onefold query 'SELECT city, count(*) FROM customers GROUP BY city' --out out
  onefold query 'SELECT * FROM customers.members WHERE record_key = 17' --as csv
  onefold query 'SELECT * FROM orders' --to orders.parquet
A run keeps tables with `onefold run --keep outputs` or `--keep all`.
Guide: docs/guide/runs.md";

pub(crate) const SUBJECT_EXAMPLES: &str = "\
Examples:
  onefold subject export crm.yaml CUST42 --out out > person.json
  onefold subject erase crm.yaml CUST42 --out out
Guide: docs/guide/runs.md";

pub(crate) const TRACE_EXAMPLES: &str = "\
Examples:
  onefold trace crm.yaml crm.csv:17 --out out   the record on line 17 of a file
  onefold trace crm.yaml shop:204 --out out     the record of a source with this key
  onefold trace crm.yaml CUST42 --out out       a customer
Guide: docs/guide/runs.md";

pub(crate) const SERVE_EXAMPLES: &str = "\
Examples:
  onefold serve crm.yaml --out out       print an address, and open it in the browser
  onefold serve crm.yaml --no-open       print it only
  onefold serve --out out                the runs in out/, where there is no pipeline file
The address ends in a token that only this start of the server knows. Ctrl+C stops it.
Guide: docs/guide/serve.md";

pub(crate) const SHOW_EXAMPLES: &str = "\
Examples:
  onefold show crm.csv                            a file, as it is read
  zcat crm.csv.gz | onefold show -                standard input
  onefold show crm.yaml people --where 'age > 90' rows of a table
  onefold show crm.yaml crm.rejects               what a source rejects
Guide: docs/guide/rejects-and-ledger.md";

pub(crate) const EVALUATE_EXAMPLES: &str = "\
Examples:
  onefold evaluate crm.yaml --truth truth.csv     how well customers are found
  onefold evaluate out --truth truth.csv --format json
The truth has a line a record: record_key, entity_id, and source where sources share keys.
Guide: docs/guide/resolve.md";

pub(crate) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  onefold explain crm.yaml C000042          why these records are one customer
  onefold explain crm.yaml crm:17 shop:204  whether two records are one customer, and why
Guide: docs/guide/resolve.md";

pub(crate) const REJECTS_EXAMPLES: &str = "\
Examples:
  onefold rejects --out out      of all sources of the last run into out/
  onefold rejects crm -n 10      of one source, ten records of each kind
Guide: docs/guide/rejects-and-ledger.md";

pub(crate) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  onefold completions bash > ~/.local/share/bash-completion/completions/onefold
  onefold completions zsh > ~/.zfunc/_onefold     a folder of $fpath
  onefold completions fish > ~/.config/fish/completions/onefold.fish
Guide: docs/guide/getting-started.md";

pub(crate) const MAN_EXAMPLES: &str = "\
Examples:
  onefold man --out ~/.local/share/man/man1
  man onefold-run
Guide: docs/guide/getting-started.md";
