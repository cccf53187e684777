//! What every fuzz target is made of.
//!
//! A target is a file in `src/bin/`, named after what it feeds:
//!
//! ```ignore
//! #![cfg_attr(fuzzing, no_main)]
//! valhalla_fuzz::target!(|data: &[u8]| {
//!     // call the code with `data`; a panic is a find
//! });
//! ```
//!
//! cargo-fuzz builds it around libFuzzer, which is led by what the code does
//! with its input. Where that tool is not to be had, the same file is an
//! ordinary program that feeds itself from [`generator`].

pub mod generator;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// Makes a fuzz target of a function of the input's bytes.
#[cfg(fuzzing)]
#[macro_export]
macro_rules! target {
    (|$data:ident: &[u8]| $body:expr) => {
        $crate::libfuzzer_sys::fuzz_target!(|$data: &[u8]| $body);
    };
}

/// Makes a fuzz target of a function of the input's bytes.
#[cfg(not(fuzzing))]
#[macro_export]
macro_rules! target {
    (|$data:ident: &[u8]| $body:expr) => {
        fn main() -> std::process::ExitCode {
            $crate::generator::main(|$data: &[u8]| $body)
        }
    };
}
