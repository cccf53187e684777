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
    Case {
        line: "help",
        answer: Says(&["help", "ping", "echo", "clear", "heap_test", "shutdown"]),
    },
    Case { line: "help ping", answer: Says(&["ping"]) },
    Case { line: "version", answer: Says(&["Valhalla OS ", "loader", "firmware"]) },
    Case { line: "uptime", answer: Says(&["up ", " s", "ticks"]) },
    Case {
        line: "echo Hello, World! {~|@#$%^&*()_+}",
        answer: Is("Hello, World! {~|@#$%^&*()_+}"),
    },
    Case { line: "echo 'two  spaces' done", answer: Is("two  spaces done") },
    Case { line: "ping", answer: Satisfies(ping_measured) },
    Case { line: "heap_test", answer: Says(&["Box", "Vec", "heap"]) },
    Case { line: "mem", answer: Says(&["MiB"]) },
    Case { line: "memmap", answer: Says(&["0x", "usable"]) },
    Case { line: "acpi", answer: Says(&["FACP", "APIC"]) },
    Case { line: "vm walk 0xffffffff80000000", answer: Satisfies(walk_ends_in_ram) },
    Case { line: "translate 0xffffffff80000000", answer: Satisfies(walk_ends_in_ram) },
    Case { line: "selftest", answer: Satisfies(all_passed) },
    // Refusals: a clear answer, and the prompt is back.
    Case { line: "", answer: Is("") },
    Case { line: "no_such_thing", answer: Is("unknown command: no_such_thing (help lists them)") },
    Case { line: "clear everything", answer: Is("usage: clear") },
    Case { line: "vm walk", answer: Says(&["usage: vm"]) },
    Case { line: "vm walk 12x", answer: Says(&["12x"]) },
    Case { line: "vm walk 0x1_0000_0000_0000_0000", answer: Says(&["too large"]) },
    Case { line: "vm walk 0x800000000000", answer: Says(&["canonical"]) },
    Case { line: "vm walk 0x1000", answer: Says(&["not mapped"]) },
    Case { line: "echo 'never closed", answer: Says(&["cannot read this line"]) },
];

fn all_passed(answer: &str) -> bool {
    answer.lines().any(|line| line.contains(" passed, 0 failed") && passed(line) >= Some(1))
}

/// The walk names entries and ends at a physical address.
fn walk_ends_in_ram(answer: &str) -> bool {
    answer.contains("PML4") && answer.contains("0x") && answer.contains("physical")
}

/// At least one tick was counted, and the round trip took some time.
fn ping_measured(answer: &str) -> bool {
    let ticks = answer.split(" ticks").next().and_then(|text| text.rsplit(' ').next());
    ticks.and_then(|text| text.parse().ok()).is_some_and(|ticks: u32| ticks > 0)
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
        let rows = screen.after(asked.trim_end()).unwrap_or(&screen.rows);
        let answer: Vec<&str> = rows.iter().map(String::as_str).collect();
        let answer = answer.join("\n");
        let answer = answer.trim_end().strip_suffix(PROMPT).unwrap_or(&answer).trim_end();
        // What scrolled away cannot be checked here; serial has checked it.
        if screen.after(asked.trim_end()).is_some() || matches!(case.answer, Satisfies(_)) {
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

/// With the timer's line masked from outside, `ping` says so instead of hanging.
fn ping_fails_with_irq_0_masked() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).with_qtest().boot_to_prompt()?;
    let before = machine.run("ping")?;
    ensure(ping_measured(&before), || format!("ping with the timer on:\n{before}"))?;
    let mask = machine.qtest()?.inb(MASTER_PIC_DATA)?;
    machine.qtest()?.outb(MASTER_PIC_DATA, mask | 1)?;
    let masked = machine.run("ping")?;
    ensure(!ping_measured(&masked) && masked.contains("ping: "), || {
        format!("ping with IRQ 0 masked:\n{masked}")
    })?;
    machine.qtest()?.outb(MASTER_PIC_DATA, mask)?;
    let after = machine.run("ping")?;
    ensure(ping_measured(&after), || format!("ping with the timer on again:\n{after}"))?;
    machine.no_triple_fault()
}

/// The master interrupt controller's mask register; bit 0 is the timer.
const MASTER_PIC_DATA: u16 = 0x21;
