//! What is packed comes back through decoders that others wrote.

use super::{CUT, Compressor, DeflateError, MOST_CHARS, MOST_INPUT, PREFIX, Workshop};
use miniz_oxide::inflate::decompress_to_vec_zlib as inflate;
use proptest::prelude::*;

fn unpack(text: &str) -> String {
    let squeezed = base45::decode(text.strip_prefix(PREFIX).unwrap()).unwrap();
    String::from_utf8(inflate(&squeezed).unwrap()).unwrap()
}

/// Lines as in a report: words that repeat, numbers that do not.
fn report(lines: u64) -> String {
    let line = |n: u64| {
        let value = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("  #{n} {value:#018x} valhalla::shell::run+{n:#x} (kernel/src/shell/mod.rs:{n})\n")
    };
    (0..lines).map(line).collect()
}

#[test]
fn a_report_comes_back() {
    let report = report(20);
    let mut workshop = Box::new(Workshop::new());
    let text = workshop.pack(&report, MOST_CHARS).unwrap();
    assert_eq!(unpack(text), report);
    assert!(text.len() < report.len(), "{} of {}", text.len(), report.len());
}

#[test]
fn the_workshop_can_be_used_again() {
    let mut workshop = Box::new(Workshop::new());
    let first = workshop.pack(&report(20), MOST_CHARS).unwrap().to_owned();
    workshop.pack(&report(90), MOST_CHARS);
    assert_eq!(workshop.pack(&report(20), MOST_CHARS).unwrap(), first);
}

#[test]
fn what_does_not_fit_is_cut_at_a_line_and_said() {
    let report = report(60);
    let mut workshop = Box::new(Workshop::new());
    for most in [200, 500, 1000] {
        let text = workshop.pack(&report, most).unwrap().to_owned();
        let whole = unpack(&text);
        let lines = whole.strip_suffix(CUT).unwrap();
        assert!(report.starts_with(lines) && lines.ends_with('\n'), "{whole}");
        // Not one line less than necessary, or nearly so.
        assert!(text.len() <= most && text.len() + 100 > most, "{} of {most}", text.len());
    }
    assert_eq!(workshop.pack(&report, 30), None);
    assert_eq!(workshop.pack(&report, 0), None);
}

#[test]
fn limits_are_errors() {
    let mut compressor = Box::new(Compressor::new());
    let long = vec![b'x'; MOST_INPUT + 1];
    assert_eq!(compressor.zlib(&long, &mut [0; 99]), Err(DeflateError::TooLong));
    assert_eq!(compressor.zlib(b"some words", &mut [0; 9]), Err(DeflateError::NoRoom));
    let mut out = [0; 64];
    let len = compressor.zlib(&long[1..], &mut out).unwrap();
    assert_eq!(inflate(&out[..len]).unwrap(), &long[1..]);
}

proptest! {
    #[test]
    fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let mut out = vec![0; 4000];
        let len = Compressor::new().zlib(&bytes, &mut out).unwrap();
        prop_assert_eq!(inflate(&out[..len]).unwrap(), bytes);
    }

    #[test]
    fn repetitions_come_back(
        word in proptest::collection::vec(0..3_u8, 1..400),
        times in 1..20_usize,
        tail in proptest::collection::vec(any::<u8>(), 0..9),
    ) {
        let bytes = [word.repeat(times), tail].concat();
        let mut out = vec![0; 9000];
        let len = Compressor::new().zlib(&bytes, &mut out).unwrap();
        prop_assert_eq!(inflate(&out[..len]).unwrap(), bytes);
    }

    #[test]
    fn any_text_fits_or_is_cut(report in "(\\PC{0,80}\n){0,60}", most in 0..5000_usize) {
        let mut workshop = Box::new(Workshop::new());
        if let Some(text) = workshop.pack(&report, most) {
            prop_assert!(text.len() <= most);
            let whole = unpack(text);
            let lines = whole.strip_suffix(CUT).unwrap_or(&whole);
            prop_assert!(report.starts_with(lines));
        }
    }
}
