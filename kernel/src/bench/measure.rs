//! Measuring: rounds of many operations, less what the empty loop costs.
//!
//! Interrupts stay as they are in use, on, because turning them off and on is
//! part of what a lock costs. A round in which the timer ticked is measured
//! again; one too long to fit between two ticks runs with interrupts off.
//!
//! The time-stamp counter is the only clock. On a real machine it counts
//! cycles; under QEMU with `-icount shift=0` it counts the guest's
//! instructions, the same on every machine and in every run. Which of the two
//! it is here is measured, too.

use crate::cpu::{self, Features};
use crate::time;
use core::arch::asm;
use core::fmt;
use core::hint::black_box;
use x86_64::instructions::interrupts::without_interrupts;

/// Rounds for each figure: the median of so many is what counts.
const ROUNDS: usize = 32;
/// How often a round is repeated because the timer ticked in it.
const TRIES: usize = 4;

/// What the time-stamp counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// QEMU under `-icount shift=0`.
    Instructions,
    /// Time, at a fixed rate on anything recent.
    Cycles,
    /// There is none.
    None,
}

impl Unit {
    /// Runs loops of known lengths: where each costs exactly one count an
    /// instruction, again and again, no clock is at work.
    pub(super) fn of_this_machine() -> Self {
        if !Features::get().tsc {
            return Self::None;
        }
        let exact = (1..=8).all(|n| {
            let (few, many) = (n * 10, n * 130);
            two_a_turn(many).wrapping_sub(two_a_turn(few)) == 2 * (many - few)
                && five_a_turn(many).wrapping_sub(five_a_turn(few)) == 5 * (many - few)
        });
        if exact { Self::Instructions } else { Self::Cycles }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instructions => "instructions",
            Self::Cycles => "TSC cycles",
            Self::None => "nothing",
        })
    }
}

fn two_a_turn(turns: u64) -> u64 {
    without_interrupts(|| {
        timed(|| {
            // SAFETY: counts a register down to 0; `turns` is not 0.
            unsafe {
                asm!("2:", "dec {0}", "jnz 2b", inout(reg) turns => _, options(nomem, nostack))
            }
        })
    })
}

fn five_a_turn(turns: u64) -> u64 {
    without_interrupts(|| {
        timed(|| {
            // SAFETY: as above.
            unsafe {
                asm!("2:", "nop", "nop", "nop", "dec {0}", "jnz 2b", inout(reg) turns => _, options(nomem, nostack));
            }
        })
    })
}

/// Counts from before `f` to after it.
#[inline(always)]
pub(super) fn timed(f: impl FnOnce()) -> u64 {
    let start = cpu::timestamp();
    f();
    cpu::timestamp().wrapping_sub(start)
}

/// What one operation costs, in tenths of a count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    best: u64,
    median: u64,
}

impl Figure {
    /// One measurement, of something that happens once.
    pub(super) const fn once(counts: u64) -> Self {
        let tenths = counts.saturating_mul(10);
        Self { best: tenths, median: tenths }
    }

    /// What each of `operations` costs, where `round` performs that many in a
    /// loop within `timed` and returns its counts. What it does outside of
    /// `timed` is not counted.
    pub(super) fn over(operations: u32, round: &mut dyn FnMut() -> u64) -> Self {
        let empty = empty_loop(operations);
        let mut rounds = [0; ROUNDS];
        for counts in &mut rounds {
            let all = undisturbed(round);
            *counts = all.saturating_sub(empty).saturating_mul(10) / u64::from(operations.max(1));
        }
        rounds.sort_unstable();
        Self { best: rounds[0], median: rounds[ROUNDS / 2] }
    }

    /// What `f` costs: it is called `operations` times a round.
    pub(super) fn of(operations: u32, mut f: impl FnMut(u32)) -> Self {
        Self::over(operations, &mut || timed(|| (0..operations).for_each(|n| f(black_box(n)))))
    }
}

impl fmt::Display for Figure {
    /// The median; the best beside it where the two differ by more than 2 %. On
    /// a real machine that says how sure the figure is; where instructions are
    /// counted it is a row whose work is not always the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (best, median) = (self.best / 10, self.median / 10);
        let width = f.width().unwrap_or(0);
        // Tenths only where they say something.
        match median {
            0..100 => write!(f, "{median:>0$}.{1}", width.saturating_sub(2), self.median % 10)?,
            _ => write!(f, "{median:>width$}")?,
        }
        if median > best + best / 50 { write!(f, " (best {best})") } else { Ok(()) }
    }
}

/// A figure for programs: median and best, in counts with one decimal.
pub(super) struct Exact(pub(super) Figure);

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figure { best, median } = self.0;
        write!(f, "{}.{}|{}.{}", median / 10, median % 10, best / 10, best % 10)
    }
}

/// The loop without anything in it.
fn empty_loop(operations: u32) -> u64 {
    let mut round = || {
        timed(|| {
            for n in 0..operations {
                black_box(n);
            }
        })
    };
    (0..ROUNDS).map(|_| undisturbed(&mut round)).min().unwrap_or(0)
}

/// Runs `round` so that no timer tick is in its counts.
fn undisturbed(round: &mut dyn FnMut() -> u64) -> u64 {
    for _ in 0..TRIES {
        let before = time::timer_interrupts();
        let counts = round();
        if time::timer_interrupts() == before {
            return counts;
        }
    }
    without_interrupts(round)
}
