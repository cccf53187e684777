//! Clocks, as far as they need no machine.
//!
//! | file | what |
//! | --- | --- |
//! | [`rate`] | how fast a counter counts, and what CPUID says about it |
//! | [`timeline`] | nanoseconds out of a counter that wraps, or is changed for another |
//! | [`calibration`] | one counter's rate by another's, with the error |
//! | [`verdict`] | what measurements say about a rate that is stated |
//! | [`course`] | when to measure, and what to do about it |
//! | [`seconds`] | a counter's rate by a real-time clock |
//! | [`rtc`] | what the registers of the real-time clock mean |

pub mod calibration;
pub mod course;
pub mod rate;
pub mod rtc;
pub mod seconds;
pub mod timeline;
pub mod verdict;
