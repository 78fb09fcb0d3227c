//! Byte search on any processor.

/// Appends the positions, at or after `from`, of every byte of `text` that is in `set`, in order.
pub(super) fn positions(text: &[u8], from: usize, set: [u8; 4], out: &mut Vec<u32>) {
    let mut is_in = [false; 256];
    for b in set {
        is_in[b as usize] = true;
    }
    for (i, b) in text.iter().enumerate().skip(from) {
        if is_in[*b as usize] {
            out.push(i as u32);
        }
    }
}
