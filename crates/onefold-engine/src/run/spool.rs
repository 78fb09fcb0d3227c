//! Standard input, kept in a file as long as a source may read it.

use std::sync::Arc;

use onefold_read::Spooled;

use super::limits::interrupted;
use super::options::RunOptions;
use crate::error::{Error, Kind};

/// Reads standard input to its end.
pub(super) fn spool(options: &RunOptions<'_>) -> Result<Option<Arc<Spooled>>, Error> {
    let Some(stdin) = options.stdin else {
        let message = "a source reads standard input, and there is none";
        return Err(Error::new(Kind::Configuration, message));
    };
    let spooled = Spooled::of(&mut stdin(), options.interrupted)?;
    let spooled = spooled.ok_or_else(interrupted)?;
    Ok(Some(Arc::new(spooled)))
}
