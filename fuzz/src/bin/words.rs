//! A command line is cut into words, or refused in words.
#![cfg_attr(fuzzing, no_main)]

use valhalla_core::words::{self, MAX_BYTES, MAX_WORDS};

valhalla_fuzz::target!(|data: &[u8]| {
    let line = String::from_utf8_lossy(data);
    match words::split(&line) {
        Ok(words) => {
            assert!(words.len() <= MAX_WORDS);
            assert_eq!(words.iter().count(), words.len());
            assert!(words.iter().map(str::len).sum::<usize>() <= MAX_BYTES.min(line.len()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
