//! Looking up a frame's state, and changing it.

use super::block::{BLOCK_FRAMES, Position};
use super::{Backing, Contents, Frame, FrameAllocator, FreeError, LOW_FRAMES, Owner, State};
use core::mem;

impl<B: Backing> FrameAllocator<B> {
    /// Hands a frame on from one owner to another.
    ///
    /// # Errors
    /// [`FreeError`], as if `from` had freed it; nothing has changed then.
    pub fn set_owner(&mut self, frame: Frame, from: Owner, to: Owner) -> Result<(), FreeError> {
        self.cool();
        self.judge(frame, from)?;
        self.by_owner[from.index()] -= 1;
        self.give(frame, to);
        Ok(())
    }

    /// Hands all that one owner has on to another, and returns how many frames
    /// that were. It looks at every frame that was ever used.
    pub fn set_owner_of_all(&mut self, from: Owner, to: Owner) -> u64 {
        self.cool();
        let directories = self.spans.directories.iter_mut().flatten();
        let blocks = directories.flat_map(|directory| directory.blocks.iter_mut().flatten());
        let states = blocks.flat_map(|block| block.states.iter_mut().flatten());
        let states = states.flat_map(|states| states.0.iter_mut());
        let mut count = 0;
        for state in self.low.states.iter_mut().chain(states).filter(|s| **s == from as u8) {
            *state = to as u8;
            count += 1;
        }
        self.by_owner[from.index()] -= count;
        self.by_owner[to.index()] += count;
        count
    }

    /// What a frame is; `None` if it is none of ours.
    #[must_use]
    pub fn owner_of(&mut self, frame: Frame) -> Option<State> {
        self.cool();
        self.state_of(frame)
    }

    /// [`owner_of`](Self::owner_of), once the books are in their places.
    fn state_of(&self, frame: Frame) -> Option<State> {
        let (number, at) = (frame.number(), Position::of(frame));
        let number_of_block = number / BLOCK_FRAMES;
        let (free, state) = if number < LOW_FRAMES {
            (self.low.free[at.word], self.low.states[at.index])
        } else if self.is_untouched(frame) {
            return Some(State::Free);
        } else if self.spans.directory(number_of_block)?.kept_in == frame {
            return Some(State::Bookkeeping);
        } else {
            let block = self.spans.block(number_of_block)?;
            if block.kept_in.contains(&frame) {
                return Some(State::Bookkeeping);
            }
            (block.free[at.word], block.states[at.quarter].as_ref()?.0[at.index])
        };
        if free >> at.bit & 1 != 0 {
            return Some(State::Free);
        }
        Owner::from_byte(state).map(State::Used)
    }

    /// Could this owner free this frame? Asked when the books are in their
    /// places.
    pub(super) fn judge(&self, frame: Frame, owner: Owner) -> Result<(), FreeError> {
        match self.state_of(frame) {
            Some(State::Used(is)) if is == owner => Ok(()),
            Some(State::Used(is)) => Err(FreeError::WrongOwner { is }),
            Some(State::Free) => Err(FreeError::DoubleFree),
            Some(State::Bookkeeping) | None => Err(FreeError::Foreign),
        }
    }

    /// The state byte of a frame in a block that has been used, or below 1 MiB.
    pub(super) fn state_mut(&mut self, frame: Frame) -> Option<&mut u8> {
        let at = Position::of(frame);
        if frame.number() < LOW_FRAMES {
            return self.low.states.get_mut(at.index);
        }
        let (block, _, _) = self.spans.block_mut(frame.number() / BLOCK_FRAMES)?;
        Some(&mut block.states[at.quarter].as_mut()?.0[at.index])
    }

    /// Notes the owner of a frame whose bit was just cleared.
    pub(super) fn give(&mut self, frame: Frame, owner: Owner) -> Contents {
        self.by_owner[owner.index()] += 1;
        let old = self.state_mut(frame).map_or(0, |state| mem::replace(state, owner as u8));
        Contents::from_byte(old)
    }
}
