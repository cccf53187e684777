//! Walks a stack from frame to frame.
//!
//! Every function of ours begins with `push rbp; mov rbp, rsp`, so RBP points
//! to a chain:
//!
//! ```text
//!   RBP ─> [RBP of the caller] ─> [RBP of its caller] ─> ... 0
//!          [return address   ]    [return address   ]
//! ```
//!
//! The chain is believed only as far as it goes upward on stacks that we know.
//! It may go on elsewhere in two places: behind an entry stub, where the trap
//! frame has the interrupted RIP and RBP, and behind a guarded call, which
//! switched stacks. Nothing here takes a lock, allocates or trusts what it reads.

use super::symbols;
use crate::cpu::stack::{self, StackRange};
use crate::cpu::{TrapFrame, guarded, trap};
use crate::memory::{self, inspect, stacks};
use core::arch::asm;

/// Frames that are looked at; a 64 KiB stack has room for 4096.
const LONGEST: usize = 8192;

/// One step of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The instruction that was interrupted, or about to run.
    At(u64),
    /// A function that will be returned to.
    ReturnTo(u64),
    /// Here an interrupt or exception struck, on the stack of that name.
    Trap(u8, &'static str),
    /// Here a guarded call left the stack of that name.
    Guarded(&'static str),
    /// The chain leads to a frame pointer that cannot be one.
    Broken(u64),
}

/// The steps from one place to the beginning.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The next frame, 0 at the end.
    pointer: u64,
    /// Frames on the present stack lie above this.
    above: u64,
    /// The present stack; `None` where the next frame may be on another.
    on: Option<StackRange>,
    /// Said next, the last first.
    pending: [Option<Step>; 3],
    left: usize,
}

impl Walk {
    /// From the function that calls this, which comes second: first is where
    /// it will be returned to.
    #[inline(always)]
    #[must_use]
    pub fn here() -> Self {
        let pointer: u64;
        // SAFETY: reads a register.
        unsafe { asm!("mov {}, rbp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
        Self { pointer, above: 0, on: None, pending: [None; 3], left: LONGEST }
    }

    /// From what was interrupted.
    #[must_use]
    pub fn interrupted(frame: &TrapFrame) -> Self {
        let mut walk = Self { pointer: 0, above: 0, on: None, pending: [None; 3], left: LONGEST };
        walk.enter(frame);
        walk
    }

    /// Goes on with the code that `frame` interrupted.
    fn enter(&mut self, frame: &TrapFrame) {
        (self.pointer, self.above, self.on) = (frame.rbp, 0, None);
        self.pending[0] = frameless_caller(frame).map(Step::ReturnTo);
        self.pending[1] = Some(Step::At(frame.rip));
    }

    /// The frame at `self.pointer`: the next pointer and the return address.
    fn frame(&mut self) -> Option<(u64, u64)> {
        let at = self.pointer;
        let stack = self.on.or_else(|| known_stack(at))?;
        if !at.is_multiple_of(8)
            || at <= self.above
            || !stack.contains(at)
            || !stack.contains(at + 15)
        {
            return None;
        }
        (self.on, self.above) = (Some(stack), at);
        Some((read(&stack, at)?, read(&stack, at + 8)?))
    }

    fn trap_frame(&self) -> Option<TrapFrame> {
        let at = self.above + 16;
        let end = at + size_of::<TrapFrame>() as u64;
        self.on.filter(|stack| stack.contains(end - 1))?;
        if !inspect::may_be_mapped(at) || !inspect::may_be_mapped(end - 1) {
            return None;
        }
        // SAFETY: all of it lies on a stack and is mapped, and any bits are a
        // trap frame.
        Some(unsafe { (at as *const TrapFrame).read_volatile() })
    }
}

impl Iterator for Walk {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if let Some(step) = self.pending.iter_mut().rev().find_map(Option::take) {
            return Some(step);
        }
        self.left = self.left.checked_sub(1)?;
        if self.pointer == 0 {
            return None;
        }
        let at = self.pointer;
        let Some((next, address)) = self.frame() else {
            self.pointer = 0;
            return Some(Step::Broken(at));
        };
        self.pointer = next;
        if address == 0 {
            // Where a stack begins: `continue_on`, or a loader's.
            self.pointer = 0;
            return None;
        }
        if !memory::is_text(address) {
            self.pointer = 0;
            return Some(Step::Broken(at));
        }
        if trap::returns_to_stub(address)
            && let Some(frame) = self.trap_frame()
        {
            self.enter(&frame);
            // The stub itself says nothing that this does not.
            return Some(Step::Trap(frame.vector as u8, memory::what_is(frame.rsp)));
        }
        if guarded::returns_to_call(address) {
            self.on = None;
            self.above = 0;
            self.pending[0] = Some(Step::Guarded(memory::what_is(next)));
        }
        Some(Step::ReturnTo(address))
    }
}

/// The return address of an interrupted function that has no frame of its own,
/// or not yet, or no longer: RBP is still its caller's.
fn frameless_caller(frame: &TrapFrame) -> Option<u64> {
    const PUSH_RBP: u8 = 0x55;
    const RET: u8 = 0xc3;
    let stack = known_stack(frame.rsp)?;
    let code = |address: u64| {
        // SAFETY: it lies in the kernel's text, which is mapped and never written.
        memory::is_text(address).then(|| unsafe { (address as *const u8).read_volatile() })
    };
    let at = match code(frame.rip) {
        // A jump to where no code of ours is.
        None => frame.rsp,
        Some(instruction) => {
            let offset = symbols::lookup(frame.rip)?.offset;
            match (code(frame.rip - offset)?, offset) {
                (_, 0) => frame.rsp,
                (PUSH_RBP, 1) => frame.rsp + 8,
                (PUSH_RBP, _) if instruction != RET => return None,
                _ => frame.rsp,
            }
        }
    };
    read(&stack, at).filter(|address| memory::is_text(*address))
}

/// The word at `at`, if it lies on `stack`. The stack may be what broke, so
/// each word is looked up first.
fn read(stack: &StackRange, at: u64) -> Option<u64> {
    let inside = at.is_multiple_of(8) && stack.contains(at) && stack.contains(at + 7);
    // SAFETY: it is mapped, and any bits are a word. What runs there is
    // interrupted or below us, so the word does not change under the read.
    (inside && inspect::may_be_mapped(at)).then(|| unsafe { (at as *const u64).read_volatile() })
}

/// The stack that `address` lies on: one of ours, or the loader's.
fn known_stack(address: u64) -> Option<StackRange> {
    let loaders = || Some(stack::loader_stack()).filter(|stack| stack.contains(address));
    stacks::range_of(address).or_else(loaders)
}
