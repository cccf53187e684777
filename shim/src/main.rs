//! The shim: the Limine boot protocol spoken from PVH and from Multiboot2.
//!
//! `qemu -kernel` and GRUB cannot boot the kernel, which speaks Limine alone.
//! The shim stands between: they boot it, it loads the *unchanged* kernel ELF
//! from the first module, answers its requests, and enters it as Limine would
//! at base revision 6. Where the protocol leaves a loader a choice it takes the
//! strict one, so that what boots here boots anywhere: the direct map is RAM
//! only and never executable, and nothing at all is mapped in the lower half.
//!
//! ```text
//! loader -> entry.s -> pvh | multiboot2 -> Handover      what there is
//!                      elf              -> the image      what to start
//!                      requests         -> what it asks for
//!                      answers, paging  -> what it gets
//!                      machine          -> the state it is entered in
//!           entry.s <- handoff
//! ```
//!
//! It is silent when all goes well; a refusal is one line on COM1 and a halt.

#![no_std]
#![no_main]

mod answers;
mod elf;
mod handover;
mod machine;
mod memory;
mod multiboot2;
mod paging;
mod physical;
mod pvh;
mod refusal;
mod requests;
mod serial;

use core::panic::PanicInfo;

use crate::answers::Answers;
use crate::elf::Kernel;
use crate::handover::Handover;
use crate::memory::Kind;
use crate::paging::{HHDM, Tables};
use crate::refusal::Refusal;
use crate::requests::Requests;

core::arch::global_asm!(include_str!("entry.s"), hhdm = const HHDM);

/// The stack that the protocol promises at least, in bytes.
const STACK_BYTES: u64 = 64 * 1024;

unsafe extern "C" {
    static shim_start: u8;
    static shim_end: u8;
}

/// Where the assembly of `entry.s` arrives, in long mode with the first 4 GiB
/// mapped one to one: `magic` and `info` are what the loader left in EAX and EBX.
#[unsafe(no_mangle)]
extern "C" fn shim_main(magic: u32, info: u32) -> ! {
    match start(magic, u64::from(info)) {
        Ok(never) => match never {},
        Err(refusal) => serial::stop(format_args!("{refusal}")),
    }
}

/// The whole job, one step a line.
fn start(magic: u32, info: u64) -> Result<core::convert::Infallible, Refusal> {
    let mut handover = Handover::new();
    match magic {
        multiboot2::MAGIC => multiboot2::read(info, &mut handover)?,
        _ => pvh::read(info, &mut handover)?,
    }
    let file = handover.kernel.ok_or(Refusal::NoModule)?;
    let kernel = Kernel::parse(file)?;

    let map = &mut handover.map;
    map.settle()?;
    map.take(&raw const shim_start as u64, &raw const shim_end as u64, Kind::Reclaimable)?;
    map.take(file.as_ptr() as u64, file.as_ptr() as u64 + file.len() as u64, Kind::Reclaimable)?;
    if let Some(framebuffer) = handover.framebuffer {
        map.take(framebuffer.address, framebuffer.end(), Kind::Framebuffer)?;
    }

    let physical = kernel.load(map)?;
    let mut requests = Requests::find(kernel.image(physical), &kernel)?;
    let stack_bytes = requests.stack_bytes().unwrap_or(0).max(STACK_BYTES);
    let stack = map.alloc(stack_bytes, Kind::Reclaimable, "the stack")?;
    let stack_top = memory::page_up(stack + stack_bytes);
    let answers = Answers::new(&mut handover)?;

    let mut tables = Tables::new(&mut handover.map)?;
    tables.map_kernel(&kernel, physical)?;
    tables.map_ram()?;
    if let Some(framebuffer) = handover.framebuffer {
        tables.map_framebuffer(framebuffer.address, framebuffer.end())?;
    }
    let handoff = tables.map_handoff()?;
    let root = tables.root();

    answers.give(&mut requests, &mut handover, &kernel, physical)?;
    machine::quiet();
    // SAFETY: 1. `root` maps the kernel, the RAM and the handoff page.
    // 2. The entry point was checked to lie in an executable segment.
    // 3. The stack was taken for this alone, and its last word is zero (all that
    //    `alloc` gives is zeroed): the return address that leads nowhere.
    unsafe { handoff(root, kernel.entry, HHDM + stack_top - 8) }
}

/// A panic is a bug of the shim; it says so where a refusal would.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    serial::stop(format_args!("internal error: {info}"))
}
