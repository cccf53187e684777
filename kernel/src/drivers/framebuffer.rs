//! The framebuffer that the loader set up, with the console's font.
//!
//! What is painted, and when, is [`valhalla_core::framebuffer`]'s.

use core::ptr::NonNull;

pub use valhalla_core::framebuffer::FramebufferError;

use super::font;
use crate::boot;

/// The screen: its memory is mapped for good.
pub type FramebufferConsole = valhalla_core::framebuffer::FramebufferConsole<'static>;

/// Checks the geometry and clears the screen; without a shadow, see
/// [`with_shadow`](FramebufferConsole::with_shadow).
///
/// # Safety
/// `memory` is where `info`'s framebuffer is mapped, `mapped_bytes` long,
/// writable, for good, and nothing else draws there.
///
/// # Errors
/// [`FramebufferError`] says what is wrong with the geometry.
pub unsafe fn open(
    info: &boot::Framebuffer,
    memory: NonNull<u8>,
    mapped_bytes: usize,
) -> Result<FramebufferConsole, FramebufferError> {
    // SAFETY: the caller's promise: mapped, for good, and this is the only reference.
    // Any bytes are valid; what the screen shows does not depend on the order or the
    // number of the stores, and the console does not read.
    let memory = unsafe { NonNull::slice_from_raw_parts(memory, mapped_bytes).as_mut() };
    let geometry = [info.width, info.height, info.pitch].map(|pixels| pixels as usize);
    FramebufferConsole::bare(memory, info.format, geometry, font::rows_of)
}
