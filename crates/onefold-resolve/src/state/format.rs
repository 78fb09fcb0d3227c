//! A state as bytes.
//!
//! Lines of text, each ended by a line feed; fields separated by tabs. In a field, `\t`, `\n`, `\r` and `\\` stand for a tab, a line feed,
//! a carriage return and a backslash. In this order:
//!
//! | line | how often |
//! |---|---|
//! | `onefold customer ids`, version of the format | once |
//! | `run`, number, label | once |
//! | `given`, new ids so far | once |
//! | `past`, number, label of a run that retired ids | each, ascending |
//! | `source`, name | each, ascending as bytes |
//! | `id`, id | each id in use, in the order in which they were given |
//! | `id`, id, `gone`, run | among them |
//! | `id`, id, `merged`, run, id | |
//! | `id`, id, `split`, run, ids | |
//! | number of a source from 0, key | after their `id`: the records of the customer, by source, then key, ascending as bytes |
//! | `end`, XXH3 (128 bits) of all bytes before this line, 32 digits | once |
//!
//! The same state makes the same bytes, so that two states can be compared line by line.

use std::io::{self, Write};

use onefold_rows::parallel::both;
use xxhash_rust::xxh3::Xxh3;

use super::escape::escape;
use super::{Fate, State};

pub(super) const HEAD: &str = "onefold customer ids\t";
pub(super) const VERSION: &str = "2";
pub(super) const END: &[u8] = b"end\t";

impl State {
    /// Writes the state as plain text, for [`State::parse`].
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write, threads: usize) -> io::Result<()> {
        let mut head = format!(
            "{HEAD}{VERSION}\nrun\t{}\t{}\n",
            self.run,
            escape(&self.label)
        );
        head.push_str(&format!("given\t{}\n", self.given));
        for (run, label) in &self.past {
            head.push_str(&format!("past\t{run}\t{}\n", escape(label)));
        }
        for source in &self.sources {
            head.push_str(&format!("source\t{}\n", escape(source)));
        }
        let texts = || {
            let parts = self.lines.parts().iter();
            std::iter::once(head.as_str()).chain(parts.map(|part| part.text()))
        };
        let (written, digest) = both(
            threads,
            || texts().try_for_each(|text| out.write_all(text.as_bytes())),
            || {
                let mut digest = Xxh3::new();
                texts().for_each(|text| digest.update(text.as_bytes()));
                digest.digest128()
            },
        );
        written?;
        out.write_all(format!("end\t{digest:032x}\n").as_bytes())
    }

    /// What [`write`](Self::write) writes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A vector takes everything.
        let _written = self.write(&mut bytes, 1);
        bytes
    }

    /// What became of an id, as it stands in its line.
    pub(super) fn written(&self, fate: &Fate) -> String {
        let word = match fate.into.len() {
            0 => "gone",
            1 => "merged",
            _ => "split",
        };
        let mut text = format!("{word}\t{}", fate.run);
        for into in &fate.into {
            text.push('\t');
            text.push_str(&escape(self.ids.get(*into as usize)));
        }
        text
    }
}
