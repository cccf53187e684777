//! Every command, by every way in and out: serial line, keyboard with VGA
//! text, keyboard with a framebuffer.
//!
//! One table says what each command must answer. The same checks read the
//! answer from the serial line or from the pixels of the screen.

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::serial::PROMPT;
use harness::{Outcome, ensure};
use libtest_mimic::Trial;

use crate::selftest::passed;
use crate::{test, test_at};

/// A command line and what its answer must be.
struct Case {
    line: &'static str,
    answer: Answer,
}

/// What makes an answer right.
enum Answer {
    /// Exactly this.
    Is(&'static str),
    /// All of these, in this order.
    Says(&'static [&'static str]),
    /// A test passes.
    Satisfies(fn(&str) -> bool),
}

use Answer::{Is, Satisfies, Says};

/// What the issue asks for, and what it says must be refused in words.
const CASES: &[Case] = &[
    Case { line: "help", answer: Satisfies(help_names_all) },
    Case { line: "help power", answer: Satisfies(help_explains_a_group) },
    Case { line: "help all", answer: Says(&["General", "  echo [WORD ...]", "Power", "reboot"]) },
    Case { line: "help keys", answer: Says(&["Ctrl-R", "Shift-PageUp", "Ctrl-C", "stops it"]) },
    Case { line: "help ping", answer: Says(&["usage: ping", "measures", "examples", "  ping  "]) },
    Case { line: "help poweroff", answer: Says(&["usage: shutdown", "another name"]) },
    Case { line: "version", answer: Says(&[VERSION, "loader ", "firmware ", "console "]) },
    Case { line: "about", answer: Says(&[VERSION, "licence", "MIT", "rustc 1.", "spin 0."]) },
    Case { line: "lscpu", answer: Says(&["QEMU", "1 by the MADT", "NX", "PE", "PAE", "LMA"]) },
    Case { line: "cpuid", answer: Satisfies(cpuid_is_decoded) },
    Case { line: "cpuid raw 0", answer: Says(&["00000000.0", "EAX 0000000", "Auth"]) },
    Case { line: "cpuid raw 0x80000002 0", answer: Says(&["EBX 72695620", "QEMU Virtual CPU"]) },
    Case {
        line: "cpuid raw 4294967296",
        answer: Says(&["cpuid: leaves and subleaves have 32 bits"]),
    },
    Case { line: "ascii", answer: Says(&["NUL", "ESC", "40", "A   B", "DEL"]) },
    Case { line: "colors", answer: Says(&["normal", "magenta", "bright", "256", "24 bits"]) },
    Case { line: "cmdline", answer: Says(&["console=", "where the screen is", "log=", "test="]) },
    Case { line: "uptime", answer: Satisfies(uptime_counts) },
    Case {
        line: "echo 'Hello, World! {~|@#$%^&*()_+}'",
        answer: Is("Hello, World! {~|@#$%^&*()_+}"),
    },
    Case { line: "echo 'two  spaces' done", answer: Is("two  spaces done") },
    Case { line: "ping", answer: Satisfies(ping_measured) },
    Case { line: "heap_test", answer: Satisfies(heap_is_back) },
    Case { line: "mem", answer: Satisfies(frames_add_up) },
    Case { line: "memmap", answer: Satisfies(map_is_sorted) },
    Case { line: "acpi", answer: Says(&["FACP", "APIC", "DSDT", "the MADT lists 1 processor"]) },
    Case { line: "vm walk 0xffffffff80000000", answer: Satisfies(text_is_mapped) },
    Case { line: "translate 0xffffffff80000000", answer: Satisfies(text_is_mapped) },
    Case { line: "selftest", answer: Satisfies(all_passed) },
    // Refusals: a clear answer, and the prompt is back.
    Case { line: "", answer: Is("") },
    Case { line: "no_such_thing", answer: Is("unknown command: no_such_thing (help lists them)") },
    Case { line: "memmmap", answer: Is("unknown command: memmmap; did you mean memmap?") },
    Case { line: "help nothing", answer: Is("help: there is no command nothing") },
    Case { line: "help pign", answer: Is("help: there is no command pign; did you mean ping?") },
    Case { line: "clear everything", answer: Is("usage: clear") },
    Case { line: "vm walk", answer: Says(&["usage: vm walk ADDRESS"]) },
    Case { line: "vm walk 12x", answer: Says(&["vm: 12x: not a number"]) },
    Case { line: "vm walk 0x1_0000_0000_0000_0000", answer: Says(&["number is too large"]) },
    Case { line: "vm walk 0x800000000000", answer: Says(&["not a canonical address"]) },
    Case { line: "vm walk 0x1000", answer: Says(&["empty", "not mapped: PML4E not present"]) },
    Case { line: "echo 'never closed", answer: Says(&["cannot read this line: the quote"]) },
    Case { line: "fault", answer: Says(&["usage: fault"]) },
    Case { line: "reboot now", answer: Says(&["usage: reboot ["]) },
    Case { line: "shutdown now", answer: Says(&["usage: shutdown ["]) },
];

/// The first line of `version`: all crates of the workspace have one version.
const VERSION: &str = concat!("Valhalla OS ", env!("CARGO_PKG_VERSION"));

/// The list of commands.
const COMMANDS: [&str; 16] = [
    "help",
    "ping",
    "heap_test",
    "clear",
    "echo",
    "version",
    "uptime",
    "memmap",
    "mem",
    "vm",
    "translate",
    "acpi",
    "selftest",
    "fault",
    "reboot",
    "shutdown",
];

fn help_names_all(answer: &str) -> bool {
    let named = |command: &&str| answer.split_whitespace().any(|word| word == *command);
    COMMANDS.iter().all(named) && in_order(answer, &["General ", "Memory ", "Testing ", "Power "])
}

/// A heading, then a line for each command: what to type, and what it does.
fn help_explains_a_group(answer: &str) -> bool {
    let line_of = |command: &str| {
        answer.lines().filter_map(|line| line.trim_start().strip_prefix(command)).any(|rest| {
            // A summary, not just the name.
            rest.starts_with(' ') && rest.trim().len() > 10
        })
    };
    answer.starts_with("Power - ") && line_of("reboot") && line_of("shutdown")
}

/// QEMU's qemu64: the vendor, the brand, and features by the manual's names.
fn cpuid_is_decoded(answer: &str) -> bool {
    in_order(answer, &["AuthenticAMD", "QEMU Virtual CPU", "family 15", "QEMU (TCG)"])
        && in_order(
            answer,
            &["1 EDX", "FPU", "TSC", "SSE2", "1 ECX", "hypervisor", "SYSCALL", "LM"],
        )
}

fn uptime_counts(answer: &str) -> bool {
    let ticks = number_before(answer, " timer ticks");
    answer.starts_with("up ") && answer.lines().count() == 1 && ticks > Some(0)
}

/// The decimal number that stands right before `unit`.
fn number_before(text: &str, unit: &str) -> Option<u64> {
    let before = &text[..text.find(unit)?];
    let start = before.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    before[start..].parse().ok()
}

/// The test passed, and the heap has what it had before.
fn heap_is_back(answer: &str) -> bool {
    let before = answer.split("heap: ").nth(1).and_then(|rest| rest.split(" before").next());
    let allocations = before.and_then(|text| number_before(text, " allocations"));
    let after = answer.split("before, ").nth(1).and_then(|rest| number_before(rest, " after"));
    answer.contains("all as written")
        && answer.contains("heap_test passed")
        && allocations.is_some()
        && allocations == after
}

/// Some frames are in use and most are free, and the parts are named.
fn frames_add_up(answer: &str) -> bool {
    let free = number_before(answer, " of ");
    let all = number_before(answer, " frames free");
    let named = ["kernel image", "heap", "stacks", "free"];
    in_order(answer, &named) && free > Some(1000) && free < all
}

/// Regions follow each other without overlap.
fn map_is_sorted(answer: &str) -> bool {
    let bounds: Vec<u64> = answer
        .lines()
        .filter(|line| line.contains(" .. "))
        .flat_map(|line| line.split_whitespace().filter_map(|word| word.strip_prefix("0x")))
        .filter_map(|digits| u64::from_str_radix(digits, 16).ok())
        .collect();
    bounds.len() >= 4 && bounds.is_sorted() && answer.contains(" usable")
}

/// The walk ends in a page of the kernel's text: readable, not writable.
fn text_is_mapped(answer: &str) -> bool {
    let last = answer.lines().last().unwrap_or_default().trim();
    in_order(answer, &["(kernel text)", "PML4E 511 at 0x", "PDPTE 510 at 0x", "mapped to 0x"])
        && last.starts_with("mapped to 0x")
        && last.contains("read-only, supervisor, executable")
}

fn all_passed(answer: &str) -> bool {
    answer.lines().any(|line| line.contains(" passed, 0 failed") && passed(line) >= Some(1))
}

/// At least one tick was counted, and the round trip took some time.
fn ping_measured(answer: &str) -> bool {
    number_before(answer, " timer ticks") > Some(0) && number_before(answer, " cycles") > Some(0)
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        test("commands::serial", || on_serial(Recipe::new(Door::Pvh))),
        test("commands::serial_alone", || {
            on_serial(Recipe::new(Door::Pvh).cmdline("console=serial"))
        }),
        test("commands::pvh_screen_and_keyboard", || on_screen(Door::Pvh)),
        test("commands::ping_fails_with_irq_0_masked", ping_fails_with_irq_0_masked),
    ];
    for door in [Door::GRUB_BIOS, Door::LIMINE_BIOS, Door::GRUB_UEFI, Door::LIMINE_UEFI] {
        trials.push(test_at(door, format!("commands::{door}_screen_and_keyboard"), on_screen));
    }
    trials
}

impl Case {
    fn check(&self, answer: &str) -> Outcome {
        let right = match &self.answer {
            Is(text) => answer == *text,
            Says(texts) => in_order(answer, texts),
            Satisfies(test) => test(answer),
        };
        ensure(right, || format!("{:?} answered:\n{answer}", self.line))
    }
}

fn in_order(answer: &str, texts: &[&str]) -> bool {
    let mut rest = answer;
    texts.iter().all(|text| match rest.find(text) {
        Some(at) => {
            rest = &rest[at + text.len()..];
            true
        }
        None => false,
    })
}

fn on_serial(recipe: Recipe) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    for case in CASES {
        let answer = machine.run(case.line)?;
        case.check(&answer)?;
    }
    machine.no_triple_fault()
}

fn on_screen(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).boot_to_prompt()?;
    for case in CASES {
        let screen = machine.type_command(case.line)?;
        let asked = format!("{PROMPT} {}", case.line);
        // A long answer pushes the command off the top; then everything is answer.
        let first = screen.find(asked.trim_end()).map_or(0, |row| row + 1);
        let answer = screen.text_from(first);
        let answer = answer.trim_end().strip_suffix(PROMPT).unwrap_or(&answer).trim_end();
        // The status before the prompt, at a row's start: a bracket and digits.
        let status = answer.rfind('[').filter(|at| {
            let digits = answer[at + 1..].strip_suffix(']');
            digits.is_some_and(|digits| digits.parse::<u8>().is_ok())
        });
        let answer = status.map_or(answer, |at| &answer[..at]).trim_end();
        // What scrolled away cannot be checked here; serial has checked it.
        if first > 0 || matches!(case.answer, Satisfies(_)) {
            case.check(answer)?;
        } else {
            ensure(!answer.is_empty(), || format!("{:?} shows nothing", case.line))?;
        }
    }
    clears(&mut machine)?;
    machine.no_triple_fault()
}

/// `clear` leaves the prompt in the first row and nothing else.
fn clears(machine: &mut Machine) -> Outcome {
    machine.type_text("clear\n")?;
    machine.wait_screen(
        "an empty screen with the prompt at its top",
        harness::seconds(20),
        |screen| {
            screen.rows.first().is_some_and(|row| row == PROMPT)
                && screen.last() == PROMPT
                && screen.rows.iter().filter(|row| !row.is_empty()).count() == 1
        },
    )?;
    Ok(())
}

/// With the timer's line masked where the present mode brings it from, `ping`
/// says so instead of hanging; masked at the other controller it is all the same.
fn ping_fails_with_irq_0_masked() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cmdline("irq=pic").with_qtest().boot_to_prompt()?;
    let mask = machine.qtest()?.inb(MASTER_PIC_DATA)?;
    ping_works(&mut machine, "PIC")?;
    machine.qtest()?.outb(MASTER_PIC_DATA, mask | 1)?;
    ping_is_masked(&mut machine, "PIC")?;
    machine.qtest()?.outb(MASTER_PIC_DATA, mask)?;
    ping_works(&mut machine, "PIC")?;
    machine.run("irq mode apic")?;
    machine.qtest()?.outb(MASTER_PIC_DATA, 0xff)?;
    ping_works(&mut machine, "xAPIC")?;
    machine.qtest()?.outb(MASTER_PIC_DATA, 0)?;
    machine.run("irq route 0 mask")?;
    ping_is_masked(&mut machine, "xAPIC")?;
    machine.run("irq route 0 unmask")?;
    ping_works(&mut machine, "xAPIC")?;
    machine.no_triple_fault()
}

fn ping_works(machine: &mut Machine, mode: &str) -> Outcome {
    let answer = machine.run("ping")?;
    let by = format!(" cycles ({mode})");
    ensure(ping_measured(&answer) && answer.ends_with(&by), || format!("{mode}: {answer}"))
}

fn ping_is_masked(machine: &mut Machine, mode: &str) -> Outcome {
    let answer = machine.run("ping")?;
    let why = format!(": IRQ 0 is masked ({mode})");
    let says = answer.starts_with("ping: no timer tick arrived in") && answer.ends_with(&why);
    ensure(says, || format!("with IRQ 0 masked, {mode}: {answer}"))
}

/// The master interrupt controller's mask register; bit 0 is the timer.
const MASTER_PIC_DATA: u16 = 0x21;
