//! Valhalla OS: a 64-bit higher-half kernel for x86_64 PCs.
//!
//! Read `start` first: it is the boot sequence, one step a line. The folders
//! below may use what stands to their left and nothing to their right:
//!
//! ```text
//! core <- boot <- cpu <- memory <- acpi <- interrupts <- time <- drivers
//!      <- console <- bench <- report <- shell <- selftest <- lib.rs
//! ```
//!
//! They are built as four crates: see `base.rs`.

#![no_std]

extern crate alloc;

pub use valhalla_base::{boot, cpu, memory};
pub use valhalla_firmware::acpi;
pub use valhalla_machine::{bench, console, drivers, interrupts, print, println, time};
pub use valhalla_prompt::{report, selftest, shell};

use boot::{BootError, BootInfo};
use console::Screen;
use core::fmt;
use cpu::stack::StackRange;
use drivers::ps2;
use drivers::serial::{self, Line, Serial};
use interrupts::{Gsi, IsaIrq, Plan, Source};
use selftest::BootPoint;
use shell::command::Session;
use shell::machine::Machine;
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::fadt::Fadt;
use valhalla_core::i8042::{Presence, SelfTest};
use valhalla_core::options::Options;

/// Boots the kernel on the loader's stack, as far as a stack of our own.
pub fn start(ask_loader: impl FnOnce() -> Result<BootInfo, BootError>) -> ! {
    // First, so that from here on every fault is reported.
    cpu::init();
    let boot = ask_loader();
    if let Ok(boot) = &boot {
        // From here on on the screen, too.
        console::early::remember(boot);
    }
    let features = cpu::protect();
    selftest::strike_at(BootPoint::BeforeConsole, boot.as_ref().ok());
    console::set_serial(Serial::probe(Line::Com1));
    console::log::init();
    selftest::strike_at(BootPoint::BeforeMemory, boot.as_ref().ok());
    let boot = boot.unwrap_or_else(|error| stop(error));
    time::begin(boot.tsc_hz);
    let options = Options::parse(boot.cmdline.as_str());
    console::log::set_filter(options.log);
    if options.test == Some(selftest::CANNOT_START) {
        stop("the command line asks for this")
    }
    log::info!(target: "boot", "Valhalla OS {} by {} {} on {}", env!("CARGO_PKG_VERSION"), boot.loader.name, boot.loader.version, boot.firmware);
    boot.log();
    log::info!(target: "cpu", "{features}");
    cpu::machine_check::init();
    let stack = memory::init(&boot, features).unwrap_or_else(|error| stop(error));
    console::log::keep();
    go_on(stack, boot)
}

/// The rest of the boot, on the guarded main stack.
fn run(boot: BootInfo) -> ! {
    // SAFETY: we run on our own stack, tables, GDT and IDT, and `BootInfo` is a
    // copy: nothing of the loader's is used any more.
    unsafe { memory::reclaim_loader_memory(&boot) };
    let options = Options::parse(boot.cmdline.as_str());
    for complaint in options.complaints() {
        log::warn!(target: "boot", "{complaint}");
    }
    selftest::strike_at(BootPoint::BeforeScreen, Some(&boot));
    open_screen(&boot, &options);
    let tables = acpi::init(boot.rsdp, boot.regions);
    let controllers = interrupts::init(&Plan {
        madt: tables.get(Signature::MADT).map(|table| table.bytes()),
        sci: tables.get(Signature::FADT).and_then(|table| Fadt(table.bytes()).sci_interrupt()),
        pc_compatible: tables.madt().is_some_and(|madt| madt.legacy_pic),
        irq: options.irq,
        x2apic: options.x2apic,
        strike: time::pit::strike,
    });
    time::init(tables);
    let keyboard = start_keyboard(&options);
    start_serial_input();
    start_power_button();
    // Last: every handler is in place.
    x86_64::instructions::interrupts::enable();

    let machine = Machine { boot, tables, controllers, selftests: selftest::run };
    let mut session = Session::new(&machine, keyboard);
    match options.test {
        Some("bench") => {
            shell::greet(&mut session);
            bench::run_at_boot();
        }
        Some(name) => selftest::run_as_told(name, &mut session),
        None => {}
    }
    shell::run(session)
}

/// Moves to the main stack and calls `run` there.
fn go_on(stack: StackRange, boot: BootInfo) -> ! {
    extern "C" fn on_main_stack(boot: *mut u8) -> ! {
        // SAFETY: it points to `boot` below, on the loader's stack, which is
        // still mapped and not yet reused.
        run(unsafe { boot.cast::<BootInfo>().read() })
    }
    let mut boot = boot;
    // SAFETY: the main stack was mapped for this and nobody else uses it;
    // `on_main_stack` gets the `BootInfo` that it expects.
    unsafe { cpu::stack::continue_on(stack.top, (&raw mut boot).cast(), on_main_stack) }
}

/// The screen, as the command line wants it. Without one, serial goes on alone.
fn open_screen(boot: &BootInfo, options: &Options<'_>) {
    match Screen::open(boot, options.console) {
        Ok(screen) => {
            if let Err(error) = console::set_screen(screen) {
                log::warn!(target: "console", "no screen: {error}");
            }
            log::info!(target: "console", "{}", console::describe());
        }
        Err(reason) => log::info!(target: "console", "no screen: {reason}"),
    }
}

/// The PS/2 keyboard on IRQ 1, if there is one.
fn start_keyboard(options: &Options<'_>) -> Option<ps2::Keyboard> {
    match ps2::init(options.scancodes, options.keyboard) {
        Ok(started) => {
            if started.self_test != SelfTest::Passed {
                log::warn!(target: "keyboard", "{}: going on", started.self_test);
            }
            for (line, name) in [(IsaIrq::KEYBOARD, "keyboard"), (IsaIrq::MOUSE, "mouse port")] {
                claim(line, name, |_| ps2::on_interrupt());
            }
            // A byte that came before its line was open holds it high, and no
            // further edge would follow.
            ps2::on_interrupt();
            match started.presence {
                Presence::Answers => {
                    log::info!(target: "keyboard", "PS/2 keyboard on IRQ 1, layout {}", options.keyboard);
                }
                Presence::Silent => {
                    log::info!(target: "keyboard", "PS/2 controller on IRQ 1; no keyboard answers yet");
                }
            }
            Some(ps2::Keyboard::new())
        }
        Err(error) => {
            log::info!(target: "keyboard", "none: {error}");
            None
        }
    }
}

/// Input from the serial lines that there are.
fn start_serial_input() {
    // COM1 was looked for first of all; COM2 has time until now.
    let second = Serial::probe(Line::Com2);
    if console::has_serial() {
        claim(Line::Com1.irq(), "COM1", |_| serial::on_interrupt(Line::Com1));
        console::enable_serial_input();
    }
    if let Some(second) = second {
        claim(Line::Com2.irq(), "COM2", |_| serial::on_interrupt(Line::Com2));
        second.enable_receive_interrupt();
        console::set_second_serial(second);
    }
    for line in Line::ALL {
        if let Some(kind) = Serial::kind(line) {
            log::info!(target: "serial", "{line} on {}: {kind}", line.irq());
        }
    }
}

/// Claims an ISA line for a driver that is never taken down. Where it cannot be
/// had the device is asked in turn instead.
fn claim(line: IsaIrq, name: &'static str, handler: interrupts::Handler) {
    match interrupts::claim(Source::Isa(line), name, handler) {
        Ok(claim) => claim.keep(),
        Err(error) => log::warn!(target: "interrupts", "{line} for the {name}: {error}"),
    }
}

/// The power button, by the SCI. ACPI stands left of interrupts: they meet here.
fn start_power_button() {
    let line = match acpi::sci::prepare() {
        Ok(line) => line,
        Err(reason) => {
            log::info!(target: "acpi", "no power button: {reason}");
            return;
        }
    };
    let isa = u8::try_from(line).ok().and_then(IsaIrq::new);
    let source = isa.map_or(Source::Gsi(Gsi(line.into())), Source::Isa);
    match interrupts::claim(source, "SCI", |_| acpi::sci::on_interrupt()) {
        Ok(claim) => {
            claim.keep();
            acpi::sci::open();
        }
        Err(reason) => log::warn!(target: "acpi", "no power button: {source}: {reason}"),
    }
}

/// Says why the kernel cannot start, on every console there is, and halts.
fn stop(error: impl fmt::Display) -> ! {
    println!("\n*** Valhalla OS cannot start: {error}.");
    println!("System halted.");
    report::early::show_reason(&error);
    cpu::halt()
}
