//! The kernel's entry point and panic handler, and nothing else.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

/// Where the boot loader jumps to: 64-bit mode, interrupts off, a stack of the
/// loader's (Limine boot protocol, "Entry machine state").
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    valhalla::cpu::stack::note_loader_stack();
    valhalla::start(valhalla::boot::limine::collect)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    valhalla::report::panic(info)
}
