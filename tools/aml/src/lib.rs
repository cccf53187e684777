//! Measures the AML interpreter of this project: on cases with expected values,
//! and on the tables of real machines, beside ACPICA's `acpiexec`.

pub mod acpica;
pub mod cases;
pub mod dumps;
pub mod firmware;
pub mod flips;
pub mod listings;
pub mod look;
pub mod normal;
pub mod record;
pub mod run;
pub mod suite;
mod sums;
pub mod verdict;
