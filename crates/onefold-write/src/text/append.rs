//! Appending short texts by copies of fixed width, and looking for special bytes sixteen at a time.
//!
//! Most cells are shorter than a cache line, where a call of `memcpy` costs more than the copy. Texts of 4 to 32 bytes are copied as two
//! overlapping blocks of 4, 8 or 16 bytes; a text that already lies in a register is stored whole and cut to its length.

/// Appends `bytes`.
#[inline]
pub(super) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = bytes.len();
    if len > 32 {
        out.extend_from_slice(bytes);
    } else if !overlapping::<16>(out, bytes)
        && !overlapping::<8>(out, bytes)
        && !overlapping::<4>(out, bytes)
    {
        for &byte in bytes {
            out.push(byte);
        }
    }
}

/// Appends `bytes` of N to 2N bytes as their first N and their last N; `false` for shorter ones.
#[inline(always)]
fn overlapping<const N: usize>(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let (Some(head), Some(tail)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else {
        return false;
    };
    let end = out.len() + bytes.len();
    out.extend_from_slice(head);
    out.truncate(end - N);
    out.extend_from_slice(tail);
    true
}

/// Appends the first `len` bytes of a block.
#[inline(always)]
pub(super) fn append_block<const N: usize>(out: &mut Vec<u8>, block: &[u8; N], len: usize) {
    let end = out.len() + len;
    out.extend_from_slice(block);
    out.truncate(end);
}

/// Whether any byte is special. `special` must judge a byte by its value alone.
#[inline(always)]
pub(super) fn any(bytes: &[u8], special: impl Fn(u8) -> bool) -> bool {
    if let Some(tail) = bytes.last_chunk::<16>() {
        let (blocks, _) = bytes.as_chunks::<16>();
        return blocks.iter().any(|block| any_of_block(block, &special))
            || any_of_block(tail, &special);
    }
    // Every byte of a shorter text lies in one of two overlapping blocks.
    let mut block = [b' '; 16];
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        block[..8].copy_from_slice(head);
        block[8..].copy_from_slice(tail);
        return any_of_block(&block, &special);
    }
    bytes.iter().any(|&byte| special(byte))
}

/// Whether any byte of a block is special, without a branch a byte so that it becomes vector compares.
#[inline(always)]
pub(super) fn any_of_block(block: &[u8; 16], special: impl Fn(u8) -> bool) -> bool {
    block
        .iter()
        .fold(false, |found, &byte| found | special(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_every_length_after_every_length() {
        let text: Vec<u8> = (0..80).map(|i| b'0' + i).collect();
        for before in 0..20 {
            for len in 0..80 {
                let mut out = text[..before].to_vec();
                append(&mut out, &text[..len]);
                assert_eq!(out, [&text[..before], &text[..len]].concat());
            }
        }
    }

    #[test]
    fn finds_a_special_byte_at_every_place() {
        for len in 0..70 {
            let clean = vec![b'a'; len];
            assert!(!any(&clean, |b| b == b','), "clean {len}");
            for at in 0..len {
                let mut text = clean.clone();
                text[at] = b',';
                assert!(any(&text, |b| b == b','), "{at} of {len}");
            }
        }
    }
}
