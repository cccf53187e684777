//! Booting: from power-on to the kernel, and from there to the prompt.

use super::measure::Figure;
use super::{NotHere, bench};
use crate::cpu;
use core::sync::atomic::{AtomicU64, Ordering};

/// The time-stamp counter when the loader jumped to the kernel.
static ENTERED: AtomicU64 = AtomicU64::new(0);

/// The same when the first prompt stood on the screen; 0 before.
static PROMPT: AtomicU64 = AtomicU64::new(0);

/// The first prompt stands.
pub fn at_prompt() {
    PROMPT.store(cpu::timestamp(), Ordering::Relaxed);
}

/// The first thing that the kernel does.
pub fn entered() {
    ENTERED.store(cpu::timestamp(), Ordering::Relaxed);
}

bench!(10, "boot: power-on to kernel (not ours)", before);
fn before() -> Result<Figure, NotHere> {
    Ok(Figure::once(ENTERED.load(Ordering::Relaxed)))
}

bench!(11, "boot: kernel to prompt", to_prompt);
fn to_prompt() -> Result<Figure, NotHere> {
    let prompt = Some(PROMPT.load(Ordering::Relaxed)).filter(|at| *at != 0);
    let prompt = prompt.ok_or(NotHere("no prompt yet"))?;
    Ok(Figure::once(prompt.saturating_sub(ENTERED.load(Ordering::Relaxed))))
}
