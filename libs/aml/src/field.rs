//! Bits of bytes: how a field is cut out and put in. Bit 0 is the lowest bit of
//! byte 0.

use alloc::vec::Vec;

/// Bytes that so many bits take.
pub(crate) fn bytes_for(bits: u32) -> usize {
    bits.div_ceil(8) as usize
}

/// Cuts bits out. Bits beyond the end of the bytes are zero.
pub(crate) fn extract(bytes: &[u8], bit: u32, bits: u32) -> Vec<u8> {
    let first = (bit >> 3) as usize;
    let shift = bit & 7;
    let mut field: Vec<u8> = (0..bytes_for(bits))
        .map(|position| {
            let at = first.saturating_add(position);
            let pair = u16::from_le_bytes([byte(bytes, at), byte(bytes, at.saturating_add(1))]);
            (pair >> shift).to_le_bytes()[0]
        })
        .collect();
    if let Some(last) = field.last_mut() {
        *last &= last_mask(bits);
    }
    field
}

/// Puts bits in, zeros where the value is shorter than the field. Bits beyond
/// the end of the bytes are dropped.
pub(crate) fn insert(bytes: &mut [u8], bit: u32, bits: u32, value: &[u8]) {
    let first = (bit >> 3) as usize;
    let shift = bit & 7;
    for position in 0..bytes_for(bits) {
        let last = position.saturating_add(1) == bytes_for(bits);
        let mask = if last { last_mask(bits) } else { 0xFF };
        let mask = (u16::from(mask) << shift).to_le_bytes();
        let new = (u16::from(byte(value, position)) << shift).to_le_bytes();
        for (half, (mask, new)) in mask.into_iter().zip(new).enumerate() {
            let at = first.saturating_add(position).saturating_add(half);
            if let Some(old) = bytes.get_mut(at) {
                *old = (*old & !mask) | (new & mask);
            }
        }
    }
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

/// The bits of the last byte that belong to a field of so many bits.
fn last_mask(bits: u32) -> u8 {
    match bits & 7 {
        0 => 0xFF,
        rest => 0xFF_u8 >> 8_u32.saturating_sub(rest),
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    #[test]
    fn what_is_put_in_comes_out_and_the_rest_stays() {
        for bit in 0..20 {
            for bits in 1..30 {
                let value = [0xA5, 0x3C, 0x96, 0x0F];
                let mut bytes = vec![0xFF; 8];
                insert(&mut bytes, bit, bits, &value);
                assert_eq!(extract(&bytes, bit, bits), extract(&value, 0, bits));
                insert(&mut bytes, bit, bits, &[0xFF; 4]);
                assert_eq!(bytes, [0xFF; 8], "bits outside {bit}+{bits} changed");
            }
        }
    }

    #[test]
    fn beyond_the_end_reads_are_zero_and_writes_are_dropped() {
        let mut bytes = [0xFF];
        assert_eq!(extract(&bytes, 4, 8), [0x0F]);
        insert(&mut bytes, 4, 8, &[0]);
        assert_eq!(bytes, [0x0F]);
    }
}
