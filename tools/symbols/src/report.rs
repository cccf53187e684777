//! The report in the text of a QR code, which a telephone read off a screen.

use base45::decode;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use valhalla_core::qr_text::PREFIX;

use crate::Outcome;

/// Unpacks the text; what stands before its prefix and line ends around it do
/// not matter.
///
/// # Errors
/// If a character is missing or wrong: zlib's checksum tells.
pub fn unpack(text: &str) -> Outcome<String> {
    // No other blanks are trimmed: a space is one of Base45's digits.
    let (_, code) = text.split_once(PREFIX).ok_or_else(|| format!("no {PREFIX} in it"))?;
    let packed = decode(code.trim_end_matches(['\r', '\n'])).map_err(|error| format!("{error}"))?;
    let report = decompress_to_vec_zlib(&packed).map_err(|error| format!("{error}"))?;
    Ok(String::from_utf8(report)?)
}

#[cfg(test)]
mod tests {
    use super::unpack;
    use valhalla_core::qr_text::{MOST_CHARS, Workshop};

    #[test]
    fn a_report_comes_back_and_a_wrong_digit_does_not() {
        let report = "*** CPU exception\nRIP 0xffffffff80001000\n".repeat(9);
        let mut workshop = Box::new(Workshop::new());
        let text = workshop.pack(&report, MOST_CHARS).unwrap();
        assert_eq!(unpack(&format!("read: {text}\r\n")).unwrap(), report);
        for at in 4..text.len() {
            let mut wrong = text.to_owned();
            wrong.replace_range(at..=at, if wrong[at..].starts_with('7') { "8" } else { "7" });
            assert!(unpack(&wrong).is_err(), "{wrong}");
        }
        assert!(unpack("").is_err());
    }
}
