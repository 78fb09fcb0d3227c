//! Bytes to records: a pass over a chunk, token by token.

use super::layout::Framing;
use super::pass::{Flow, Pass};
use super::scan::{Cursor, is_space};
use super::splitter::JsonSplitter;
use crate::between::{Between, Place};
use crate::raw::{Records, Split, Splitter, Tolerated};

impl Splitter for JsonSplitter {
    fn width(&self) -> usize {
        self.paths.width()
    }

    fn cut(&self, text: &[u8]) -> Option<usize> {
        let signature = &self.layout.record;
        if !signature.is_empty() {
            for at in memchr::memmem::FinderRev::new(signature).rfind_iter(text) {
                let before = text[..at].iter().rev().find(|b| !is_space(b));
                let fits = match self.layout.framing {
                    Framing::Array => matches!(before, Some(b',' | b'[')),
                    Framing::Stream { .. } => matches!(before, Some(b'}' | b']')),
                };
                if at > 0 && fits {
                    return Some(at);
                }
            }
        }
        let mut end = text.len();
        while let Some(newline) = memchr::memrchr(b'\n', &text[..end]) {
            let mut cursor = Cursor::new(text, newline + 1);
            cursor.space();
            if cursor.peek() == Some(b'{') {
                return Some(newline + 1);
            }
            end = newline;
        }
        None
    }

    fn split(&self, text: &[u8], from: Between, last: bool) -> Split {
        let place = match from {
            Between::Json(place) => place,
            _ => self.home(),
        };
        let pass = Pass {
            splitter: self,
            text,
            last,
            cursor: Cursor::new(text, 0),
            place,
            document: None,
            records: Records {
                is_json: true,
                ..Records::new(self.width())
            },
            faults: Vec::new(),
        };
        run(pass)
    }

    fn agrees(&self, between: Between, text: &[u8]) -> bool {
        match between {
            Between::Ready => true,
            // A comma matters only where no value follows it.
            Between::Json(Place::AfterComma) if self.home() == Place::Inside => {
                text.iter().find(|b| !is_space(b)) == Some(&b'{')
            }
            _ => false,
        }
    }
}

fn run(mut pass: Pass<'_>) -> Split {
    let rest = loop {
        let flow = match pass.place {
            Place::Around(walk) => pass.around(walk),
            place => {
                pass.blank();
                match pass.cursor.peek() {
                    None => pass.end(),
                    Some(0xef) if pass.is_cut_mark() => Flow::Stop(pass.cursor.at),
                    Some(byte) if place == Place::Outside => pass.outside(byte),
                    Some(byte) => pass.inside(byte),
                }
            }
        };
        if let Flow::Stop(rest) = flow {
            break rest;
        }
    };
    let between = match pass.place {
        place if place == pass.splitter.home() => Between::Ready,
        place => Between::Json(place),
    };
    Split {
        records: pass.records,
        faults: pass.faults,
        rest,
        between,
        tolerated: Tolerated::default(),
    }
}

#[cfg(test)]
mod tests;
