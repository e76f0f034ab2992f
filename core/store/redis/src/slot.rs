/// Returns the slot of a cluster that `key`, which has no braces, is in.
pub(crate) fn slot(key: &str) -> u16 {
    crc16(key.as_bytes()) % 16384
}

/// Computes CRC-16/XMODEM, by which clusters divide keys.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(slot("somekey"), 11058);
    }
}
