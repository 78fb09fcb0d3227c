//! Standard input as a file. Inputs are looked at before they are read, and their lines are found again later; a pipe gives its bytes
//! once. So they are kept in a temporary file as long as anybody may ask for them.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;

use crate::error::{Error, Kind};

/// What standard input gave. The file is gone when this is dropped; only its owner can read it.
#[derive(Debug)]
pub struct Spooled {
    file: NamedTempFile,
}

/// Bytes between two looks at the flag.
const STEP: usize = 1 << 18;

impl Spooled {
    /// Keeps all bytes of `from`; `None`: `interrupted` was set meanwhile.
    ///
    /// # Errors
    /// Standard input cannot be read, or the folder of temporary files does not take it.
    pub fn of(from: &mut dyn Read, interrupted: &AtomicBool) -> Result<Option<Self>, Error> {
        let unkept = |e: io::Error| {
            let message = format!("could not keep standard input in a temporary file: {e}");
            let folder = std::env::temp_dir();
            let hint = format!("TMPDIR names its folder, which is `{}`", folder.display());
            Error::new(Kind::Resources, message).hint(hint)
        };
        let file = tempfile::Builder::new().prefix("onefold-").tempfile();
        let mut file = file.map_err(unkept)?;
        let mut buffer = vec![0; STEP];
        while !interrupted.load(Ordering::Relaxed) {
            let n = match from.read(&mut buffer) {
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Error::io(Path::new("-"), e)),
            };
            let bytes = buffer.get(..n).unwrap_or_default();
            file.write_all(bytes).map_err(unkept)?;
            if n == 0 {
                file.flush().map_err(unkept)?;
                return Ok(Some(Self { file }));
            }
        }
        Ok(None)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept_until_dropped() {
        let bytes = vec![7; 3 * STEP + 1];
        let spooled = Spooled::of(&mut bytes.as_slice(), &AtomicBool::new(false));
        let spooled = spooled.expect("a file").expect("not interrupted");
        let path = spooled.path().to_path_buf();
        assert_eq!(std::fs::read(&path).expect("a file"), bytes);
        drop(spooled);
        assert!(!path.exists());
    }

    #[test]
    fn an_interrupt_ends_it() {
        let spooled = Spooled::of(&mut io::repeat(7), &AtomicBool::new(true));
        assert!(spooled.expect("no error").is_none());
    }
}
