//! Interrupt lines: the rules that need no controller.
//!
//! | file | what |
//! | --- | --- |
//! | [`backoff`] | when a line that was stuck is tried again |
//! | [`owners`] | the drivers that share a line |

pub mod backoff;
pub mod owners;

pub use backoff::Backoff;
pub use owners::{Owner, Owners};
