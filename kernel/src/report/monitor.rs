//! The crash monitor: looking around after a report.
//!
//! The kernel is dead, but keyboard, screen and serial still answer when they
//! are asked in turn, with interrupts off. Nothing is trusted: the monitor has
//! a stack of its own in the image, and runs each command in a guarded call on
//! another one, so that a command that faults or panics costs a line.
//! Locks that were held are broken open; a command that finds its data half
//! changed is such a line, too.
//!
//! Commands that the shell has are the shell's code: it defines the symbol
//! declared below, because it stands to the right of this folder.

use super::exception::write_registers;
use super::symbols::NamedWord;
use super::walk::Walk;
use super::{backtrace, qr};
use crate::console::{self, Input, Reuse};
use crate::cpu::exception::PAGE_FAULT;
use crate::cpu::guarded::{Failure, Limit};
use crate::cpu::image_stacks::ImageStack;
use crate::cpu::stack::continue_on;
use crate::cpu::{self, Fault};
use crate::drivers::ps2;
use crate::{acpi, memory, print, println};
use core::fmt::{self, Write};
use spin::Once;
use valhalla_core::editor::{Action, LineEditor};
use valhalla_core::words::{self, MAX_WORDS};

/// What stands before the cursor; tests wait for it.
const PROMPT: &str = "monitor> ";

/// Words of the stack that `stack` shows.
const STACK_WORDS: u64 = 32;

/// How the shell took a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is one of its commands, and was run.
    Known,
    /// It has no such command that can do without a session.
    Unknown,
}

unsafe extern "Rust" {
    /// Defined by `shell`: runs one of its commands, by its words.
    safe fn valhalla_shell_command(words: &[&str]) -> Answer;
    /// Defined by `shell`: lists them, as `help` does.
    safe fn valhalla_shell_help();
}

/// What the report was about.
#[derive(Debug)]
enum Origin {
    Fault(Fault),
    /// The end of the stack, and the way from there.
    Panic(u64, Walk),
}

static ORIGIN: Once<Origin> = Once::new();

/// Keeps the registers of what is about to be reported; the first failure
/// counts. Only copies: nothing is said yet, so nothing may fail.
pub(super) fn remember_fault(fault: &Fault) {
    ORIGIN.call_once(|| Origin::Fault(*fault));
}

/// Keeps where a panic struck; the first failure counts.
pub(super) fn remember_panic(walk: Walk) {
    let here = 0_u8;
    ORIGIN.call_once(|| Origin::Panic(&raw const here as u64 & !7, walk));
}

/// Answers for ever, after a report; where nobody can ask, it halts.
///
/// # Safety
///
/// Whatever ran before may never run again.
pub(super) unsafe fn run(reuse: Reuse) -> ! {
    // SAFETY: the caller's promise.
    unsafe {
        cpu::abandon_everything();
        console::reopen(reuse);
        ps2::live::reopen();
    }
    memory::stop_giving_stacks();
    if can_answer() {
        println!("System halted. The crash monitor answers here: help lists its commands.");
        guarded(qr::show);
        let own = ImageStack::Monitor.range();
        // SAFETY: it is there for this and mapped for good. If an earlier
        // monitor ran on it, it ended in the failure that brings us here.
        unsafe { continue_on(own.top, core::ptr::null_mut(), serve) }
    }
    println!("System halted.");
    console::flush();
    guarded(qr::show);
    cpu::halt()
}

/// Returns true where the monitor answers. Its commands look at memory, so there is
/// nothing to ask before that is up.
pub(super) fn can_answer() -> bool {
    memory::inspect::knows_tables() && (console::has_serial() || ps2::is_there())
}

extern "C" fn serve(_: *mut u8) -> ! {
    console::enable_serial_input();
    let keyboard = ps2::is_there().then(ps2::Keyboard::new);
    let mut input = Input::new(keyboard);
    let mut editor = LineEditor::new(PROMPT);
    editor.set_width(console::size().0);
    loop {
        editor.start(&mut Everywhere);
        loop {
            match editor.key(input.wait_polling(), &mut Everywhere) {
                Action::Submit => break,
                Action::Cancel => editor.start(&mut Everywhere),
                Action::ClearScreen => {
                    guarded(qr::hide);
                    print!("\x1b[2J\x1b[H");
                    editor.redraw(&mut Everywhere);
                }
                Action::None | Action::Bell | Action::Complete => {}
            }
        }
        let ended = guarded(|| {
            qr::hide();
            match editor.submitted() {
                Ok(line) => execute(line),
                Err(too_long) => println!("{too_long}"),
            }
        });
        if ended == Ended::Badly && editor.line().trim() == "reboot" {
            // The shell's way needed something that is broken.
            acpi::triple_fault();
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    Badly,
}

/// Runs `f` so that it comes back, and says what ended it if it does not.
fn guarded(f: impl FnOnce()) -> Ended {
    let stack = ImageStack::MonitorCommand.range();
    // SAFETY: the stack is there for this, and calls do not nest. Whatever `f`
    // leaves half done is as broken as the rest of this kernel.
    match unsafe { cpu::guarded(stack, Limit::None, f) } {
        Ok(()) => return Ended::Well,
        Err(Failure::Fault(fault)) if fault.vector() == PAGE_FAULT => {
            println!("came back from: {fault}; that is: {}", memory::what_is(fault.cr2));
        }
        Err(failure) => println!("came back from: {failure}"),
    }
    Ended::Badly
}

fn execute(line: &str) {
    let words = match words::split(line) {
        Ok(words) => words,
        Err(error) => return println!("cannot read this line: {error}"),
    };
    let mut room = [""; MAX_WORDS];
    match words.slices(&mut room) {
        [] => {}
        ["help" | "?", ..] => help(),
        ["regs"] => regs(),
        ["stack"] => stack(),
        ["bt"] => bt(),
        ["qr"] => qr::show(),
        ["halt"] => halt(),
        words => {
            if valhalla_shell_command(words) == Answer::Unknown {
                println!("the monitor cannot do that (help lists what it can)");
            }
        }
    }
}

fn help() {
    let own = [
        ("help", "lists the commands"),
        ("regs", "the registers when it happened"),
        ("stack", "the stack, from its end on"),
        ("bt", "the backtrace: who called whom"),
        ("qr", "the report as a QR code, where the screen has room"),
        ("halt", "stops the processor for good"),
    ];
    for (name, summary) in own {
        println!("  \x1b[96m{name:<12}\x1b[0m {summary}");
    }
    valhalla_shell_help();
}

fn regs() {
    match ORIGIN.get() {
        Some(Origin::Fault(fault)) => {
            println!("{fault}");
            // The console takes any text; there is no error to handle.
            let _ = write_registers(&mut Everywhere, fault);
        }
        _ => println!("a panic saves no registers; bt shows where it was"),
    }
}

fn bt() {
    let walk = match ORIGIN.get() {
        Some(Origin::Fault(fault)) => Walk::interrupted(&fault.frame),
        Some(Origin::Panic(_, walk)) => backtrace::after_machinery(walk.clone()),
        None => return,
    };
    // As above.
    let _ = backtrace::write(&mut Everywhere, walk);
}

fn stack() {
    let rsp = match ORIGIN.get() {
        Some(Origin::Fault(fault)) => fault.frame.rsp,
        Some(Origin::Panic(rsp, _)) => *rsp,
        None => return,
    };
    println!("{rsp:#018x} ({})", memory::what_is(rsp));
    // After an overflow there is nothing before the next page.
    let in_guard_page = memory::stacks::guard_page_of(rsp).is_some();
    let rsp = if in_guard_page { (rsp | 0xfff).wrapping_add(1) } else { rsp };
    let mut zeros = 0;
    for number in 0..STACK_WORDS {
        let at = rsp.wrapping_add(8 * number);
        // SAFETY: a read changes nothing; where nothing is mapped it faults,
        // and the guarded call around every command comes back.
        let word = unsafe { (at as *const u64).read_unaligned() };
        if word == 0 {
            zeros += 1;
            continue;
        }
        print!("  {at:#018x}  {word:#018x}  ");
        if memory::is_text(word) {
            println!("{}", NamedWord(word));
        } else {
            println!("{}", if word < 4096 { "" } else { memory::what_is(word) });
        }
    }
    println!("  {zeros} of these {STACK_WORDS} words are 0 and not shown");
}

fn halt() -> ! {
    println!("Halted: only the reset button helps now.");
    console::flush();
    cpu::halt()
}

/// Everything that prints.
struct Everywhere;

impl Write for Everywhere {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print!("{text}");
        Ok(())
    }
}
