//! Numbers as text: exact decimals of any width and scale.

use super::append::append;

/// Appends `value / 10^scale` with all `scale` digits; a negative scale multiplies.
pub(super) fn decimal128(value: i128, scale: i8, out: &mut Vec<u8>) {
    let magnitude = value.unsigned_abs();
    let mut buffer = itoa::Buffer::new();
    let digits = match u64::try_from(magnitude) {
        Ok(small) => buffer.format(small),
        Err(_) => buffer.format(magnitude),
    };
    scaled(value < 0, digits.as_bytes(), scale, out);
}

/// Appends `value / 10^scale`, the value as little-endian two's complement.
pub(super) fn decimal256(value: [u8; 32], scale: i8, out: &mut Vec<u8>) {
    let (limbs, _) = value.as_chunks::<8>();
    let mut limbs: [u64; 4] = std::array::from_fn(|i| u64::from_le_bytes(limbs[i]));
    let negative = limbs[3] >> 63 == 1;
    if negative {
        let mut carry = true;
        for limb in &mut limbs {
            (*limb, carry) = (!*limb).overflowing_add(u64::from(carry));
        }
    }
    // 2^255 has 77 digits; they are found from the end, 19 a division.
    const CHUNK: u64 = 10_000_000_000_000_000_000;
    let mut digits = [b'0'; 95];
    let mut start = digits.len();
    let mut end = digits.len();
    while limbs != [0; 4] {
        let mut rest = 0;
        for limb in limbs.iter_mut().rev() {
            let part = (u128::from(rest) << 64) | u128::from(*limb);
            // The rest is less than the divisor, so the quotient fits 64 bits.
            *limb = (part / u128::from(CHUNK)) as u64;
            rest = (part % u128::from(CHUNK)) as u64;
        }
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(rest).as_bytes();
        start = end - text.len();
        digits[start..end].copy_from_slice(text);
        end -= 19;
    }
    let digits = match &digits[start..] {
        [] => b"0",
        digits => digits,
    };
    scaled(negative, digits, scale, out);
}

fn scaled(negative: bool, digits: &[u8], scale: i8, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    }
    let places = usize::from(scale.unsigned_abs());
    if scale <= 0 {
        append(out, digits);
        if digits != b"0" {
            out.resize(out.len() + places, b'0');
        }
        return;
    }
    match digits.len().checked_sub(places) {
        Some(whole) if whole > 0 => {
            append(out, &digits[..whole]);
            out.push(b'.');
            append(out, &digits[whole..]);
        }
        _ => {
            append(out, b"0.");
            out.resize(out.len() + places - digits.len(), b'0');
            append(out, digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::i256;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn decimals_keep_every_digit() {
        for (value, scale, expected) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (0, -2, "0"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (50, 2, "0.50"),
            (100, 2, "1.00"),
            (-1234, 2, "-12.34"),
            (12, -3, "12000"),
            (i128::MAX, 38, "1.70141183460469231731687303715884105727"),
            (i128::MIN, 0, "-170141183460469231731687303715884105728"),
        ] {
            assert_eq!(text(|out| decimal128(value, scale, out)), expected);
            let wide = i256::from_i128(value).to_le_bytes();
            assert_eq!(text(|out| decimal256(wide, scale, out)), expected);
        }
    }

    proptest! {
        #[test]
        fn wide_decimals_agree_with_arrow(low: u128, high: i128) {
            let value = i256::from_parts(low, high);
            prop_assert_eq!(text(|out| decimal256(value.to_le_bytes(), 0, out)), value.to_string());
        }
    }

    #[test]
    fn widest_decimals() {
        for value in [i256::MIN, i256::MAX] {
            assert_eq!(
                text(|out| decimal256(value.to_le_bytes(), 0, out)),
                value.to_string()
            );
        }
    }
}
