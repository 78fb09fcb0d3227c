//! Hashes of keys. A hash decides where a key is looked for, never whether two keys are equal, so no result depends on it.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;

/// The hash of a key before its first column. Any odd constant with well-spread bits would do.
pub const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a key that equals nothing, because one of its values is missing.
pub const ABSENT: u64 = 0;

/// Rows that are hashed at a time.
pub const HASH_ROWS: usize = 2048;

/// Folded multiplication: all bits of both words reach all bits of the result. The result is never [`ABSENT`].
#[inline]
pub fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x2d35_8dcc_aa6c_78a5) * u128::from(b ^ 0x8bb8_4b93_962e_acc9);
    ((product >> 64) as u64 ^ product as u64).max(ABSENT + 1)
}

/// The seeded hash function for texts: the same in every run.
#[inline]
pub fn hasher() -> impl Hasher {
    FixedState::with_seed(SEED).build_hasher()
}

/// The hash of some bytes.
#[inline]
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// The bits of a float, in which -0.0 equals 0.0.
#[inline]
pub fn float_bits(value: f64) -> u64 {
    // Adding zero turns -0.0 into 0.0.
    (value + 0.0).to_bits()
}

/// Keeps only the bits of `mask` of each hash, so that a test gets as many collisions as it wants. [`ABSENT`] stays what it is.
pub fn narrow(hashes: &mut [u64], mask: u64) {
    if mask == u64::MAX {
        return;
    }
    for hash in hashes.iter_mut().filter(|hash| **hash != ABSENT) {
        *hash = (*hash & mask) | 1 << 63;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_present_key_is_never_marked_absent() {
        // The product is zero where one factor is.
        assert_eq!(mix(0x2d35_8dcc_aa6c_78a5, 3), 1);
        assert_eq!(mix(3, 0x8bb8_4b93_962e_acc9), 1);
        let mut hashes = [ABSENT, 1, u64::MAX];
        narrow(&mut hashes, 0);
        assert_eq!(hashes, [ABSENT, 1 << 63, 1 << 63]);
        narrow(&mut hashes, u64::MAX);
        assert_eq!(hashes, [ABSENT, 1 << 63, 1 << 63]);
    }

    #[test]
    fn both_zeros_have_the_same_bits() {
        assert_eq!(float_bits(-0.0), float_bits(0.0));
        assert_ne!(float_bits(-1.0), float_bits(1.0));
    }
}
