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
//!
//! One promise of the revision it cannot keep: firmware often has its ACPI
//! tables in memory that the map calls reserved, and the shim maps no reserved
//! memory. A kernel maps the tables itself, as ours does.

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
mod requests;

use core::convert::Infallible;
use core::ffi::{CStr, c_char};
use core::panic::PanicInfo;

use elf::Kernel;
use handover::Handover;
use memory::Kind;
use paging::HHDM;
use requests::Requests;

core::arch::global_asm!(include_str!("entry.s"), hhdm = const HHDM);

/// Why the shim will not start the kernel: a line to read, nothing to act on.
pub(crate) type Refusal = &'static CStr;
pub(crate) type Result<T> = core::result::Result<T, Refusal>;

/// The stack that the protocol promises at least, in bytes.
const STACK_BYTES: u64 = 64 * 1024;

unsafe extern "C" {
    static shim_start: u8;
    static shim_end: u8;
    safe fn refuse(text: *const c_char) -> !;
}

/// Where `entry.s` arrives, in long mode with the first 4 GiB mapped one to one:
/// `magic` and `info` are what the loader left in EAX and EBX.
#[unsafe(no_mangle)]
extern "C" fn shim_main(magic: u32, info: u32) -> ! {
    match start(magic, info.into()) {
        Ok(never) => match never {},
        Err(refusal) => refuse(refusal.as_ptr()),
    }
}

/// The whole job, one step a line.
fn start(magic: u32, info: u64) -> Result<Infallible> {
    let mut handover = Handover::new();
    match magic {
        multiboot2::MAGIC => multiboot2::read(info, &mut handover)?,
        _ => pvh::read(info, &mut handover)?,
    }
    let no_kernel = c"no kernel: give it as qemu's -initrd, or as GRUB's module2";
    let Handover { map, facts } = &mut handover;
    let file = facts.file.ok_or(no_kernel)?;
    map.take(&raw const shim_start as u64, &raw const shim_end as u64, Kind::Reclaimable)?;
    map.take(file.as_ptr() as u64, file.as_ptr_range().end as u64, Kind::Reclaimable)?;
    if let Some(screen) = facts.framebuffer {
        map.add(screen.address, screen.end(), Kind::Framebuffer)?;
    }

    let kernel = Kernel::load(file, map)?;
    // SAFETY: called once, right after the image was loaded.
    let mut requests = Requests::find(unsafe { kernel.writable() })?;
    let (root, handoff) = paging::build(map, &kernel, facts.framebuffer)?;
    let stack_bytes = requests.stack_bytes()?.max(STACK_BYTES);
    let stack = map.alloc(stack_bytes, Kind::Reclaimable, c"too little memory for the stack")?;
    let top = HHDM + stack + memory::page_up(stack_bytes);
    answers::give(&mut requests, map, &kernel, facts)?;
    machine::quiet();
    // SAFETY: 1. `root` maps the kernel, the RAM and the page of `handoff`.
    // 2. `load` checked that the entry point lies in an executable segment.
    // 3. The stack is for this alone, and its last word is zero, as all that
    //    `alloc` gives: the return address that leads nowhere.
    unsafe { handoff(root, kernel.entry, top - 8) }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    refuse(c"internal error: this is a bug in the shim".as_ptr())
}
