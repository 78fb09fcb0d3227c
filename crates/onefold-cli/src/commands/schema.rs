//! `onefold schema`

use crate::output::Output;

pub(crate) fn schema(output: &Output) -> anyhow::Result<u8> {
    output.say(&(serde_json::to_string_pretty(&onefold_spec::json_schema())? + "\n"))?;
    Ok(0)
}
