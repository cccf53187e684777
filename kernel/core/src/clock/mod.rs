//! Clocks, as far as they need no machine.
//!
//! | file | what |
//! | --- | --- |
//! | [`rtc`] | what the registers of the real-time clock mean |

pub mod rtc;
