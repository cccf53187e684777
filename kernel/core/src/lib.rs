//! The logic of Valhalla OS that needs no machine.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
