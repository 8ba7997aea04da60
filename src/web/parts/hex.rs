//! Bytes that are not text: offsets, hexadecimal digits, and the ASCII characters among them.

use std::fmt::Write as _;

/// Bytes on a line.
const WIDTH: usize = 16;

/// Lines such as `00000010  68 65 6c 6c 6f                                    |hello|`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 5);
    for (place, line) in bytes.chunks(WIDTH).enumerate() {
        // Writing to a string cannot fail.
        write!(out, "{:08x} ", place * WIDTH).ok();
        for column in 0..WIDTH {
            if column % 8 == 0 {
                out.push(' ');
            }
            match line.get(column) {
                Some(byte) => write!(out, "{byte:02x} ").ok(),
                None => write!(out, "   ").ok(),
            };
        }
        out.push_str(" |");
        let visible = |byte: &u8| matches!(byte, b' '..=b'~').then_some(char::from(*byte));
        out.extend(line.iter().map(|byte| visible(byte).unwrap_or('.')));
        out.push_str("|\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_hexdump() {
        let bytes = b"\x00\x01\xff\xfehello <world>\x7f!";
        assert_eq!(
            hex(bytes),
            concat!(
                "00000000  00 01 ff fe 68 65 6c 6c  6f 20 3c 77 6f 72 6c 64  |....hello <world|\n",
                "00000010  3e 7f 21                                          |>.!|\n"
            )
        );
        assert_eq!(hex(b""), "");
    }
}
