//! Text that is not UTF-8: it is mended so that it can be split, and records with broken bytes are set aside.

use crate::raw::{Fault, Split, broken_byte, first_broken};

/// Replaces bytes that are not UTF-8 by `?` and notes their positions.
pub(super) fn mended(mut text: Vec<u8>, broken: &mut Vec<usize>) -> String {
    let mut from = 0;
    while let Err(error) = simdutf8::compat::from_utf8(&text[from..]) {
        let at = from + error.valid_up_to();
        let len = error.error_len().unwrap_or(text.len() - at);
        text[at..at + len].fill(b'?');
        broken.extend(at..at + len);
        from = at + len;
    }
    #[expect(
        unsafe_code,
        reason = "checking a chunk again costs as much as splitting it"
    )]
    // SAFETY: every byte was found to be part of a character, or was made `?`: a stretch that follows a broken one starts a character.
    unsafe {
        String::from_utf8_unchecked(text)
    }
}

/// Makes faults of the records that hold broken bytes; those in the text of the cell `apart` are not the record's.
pub(super) fn set_aside_broken(split: &mut Split, broken: &[usize], apart: Option<usize>) {
    let records = &mut split.records;
    let mut kept = 0;
    let mut numbers: Vec<Option<u32>> = Vec::with_capacity(records.len());
    for row in 0..records.len() {
        let (start, end) = records.spans[row];
        let (start, end) = (start as usize, end as usize);
        let apart = apart
            .map(|cell| records.cells[row * records.width + cell])
            .filter(|cell| !cell.is_missing())
            .map(|cell| cell.start()..cell.end());
        if let Some(byte) = first_broken(broken, (start, end), apart) {
            numbers.push(None);
            let (code, reason, detail) = broken_byte(byte - start, "record");
            split.faults.push(Fault {
                start,
                end,
                code,
                reason,
                detail,
            });
            continue;
        }
        numbers.push(Some(kept as u32));
        records.spans[kept] = records.spans[row];
        records.cells.copy_within(
            row * records.width..(row + 1) * records.width,
            kept * records.width,
        );
        kept += 1;
    }
    records.spans.truncate(kept);
    records.cells.truncate(kept * records.width);
    records.unknown.renumber(&numbers);
    split.faults.sort_by_key(|f| f.start);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn mended_text_is_text(pieces in prop::collection::vec(
            prop_oneof![
                "[a-z\u{e9}\u{20ac}\u{1f600}]{0,9}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..4),
                Just(vec![0xe2, 0x82]),
                Just(vec![0xf0, 0x9f, 0x98]),
                Just(vec![0xed, 0xa0, 0x80]),
            ],
            0..12,
        )) {
            let bytes = pieces.concat();
            let mut broken = Vec::new();
            let text = mended(bytes.clone(), &mut broken);
            prop_assert!(std::str::from_utf8(text.as_bytes()).is_ok());
            prop_assert_eq!(broken.is_empty(), std::str::from_utf8(&bytes).is_ok());
            prop_assert_eq!(text.len(), bytes.len());
            for (at, (found, byte)) in text.bytes().zip(bytes).enumerate() {
                prop_assert_eq!(found, if broken.contains(&at) { b'?' } else { byte });
            }
        }
    }
}
