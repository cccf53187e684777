//! Machines that have more, less, or something else than usual.

use std::time::Instant;

use harness::door::Door;
use harness::machine::Recipe;
use harness::menu::Entry;
use harness::serial::PROMPT;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::power::is_over;
use crate::selftest::passed;
use crate::{test, test_at};

/// Memory sizes: QEMU's name, and how many MiB of it must at least be usable.
const MEMORY: [(&str, u64); 5] =
    [("24M", 12), ("64M", 52), ("128M", 116), ("512M", 500), ("5G", 5000)];

/// Processor models: none, few, usual and all features.
const CPUS: [&str; 5] = ["qemu64", "qemu64,-nx", "max", "Haswell", "core2duo"];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for door in [Door::Pvh, Door::GRUB_BIOS, Door::LIMINE_BIOS] {
        for (size, usable) in MEMORY {
            trials.push(test_at(door, format!("hardware::{door}_memory_{size}"), move |door| {
                has_memory(door, size, usable)
            }));
        }
    }
    // A good part of the heap is the lines that left the screen.
    trials.push(test_at(Door::LIMINE_BIOS, "hardware::limine_bios_memory_8M", |door| {
        has_memory(door, "8M", 3)
    }));
    for (door, size) in [(Door::GRUB_UEFI, "128M"), (Door::LIMINE_UEFI, "5G")] {
        let (_, usable) = if size == "5G" { MEMORY[4] } else { (size, 60) };
        trials.push(test_at(door, format!("hardware::{door}_memory_{size}"), move |door| {
            has_memory(door, size, usable)
        }));
    }
    for door in [Door::Pvh, Door::LIMINE_BIOS] {
        for cpu in CPUS {
            let name = cpu.replace([',', '-'], "_");
            trials.push(test_at(door, format!("hardware::{door}_cpu_{name}"), move |door| {
                passes_its_own_tests(Recipe::new(door).cpu(cpu))
            }));
        }
    }
    for door in [Door::Pvh, Door::GRUB_BIOS, Door::LIMINE_BIOS] {
        trials.push(test_at(door, format!("hardware::{door}_no_graphics"), |door| {
            says(Recipe::new(door).vga("none"), "console: no screen: ")
        }));
        trials.push(test_at(door, format!("hardware::{door}_no_keyboard_controller"), |door| {
            says(Recipe::new(door).machine("pc,i8042=off"), "keyboard: none: no PS/2 controller")
        }));
        trials.push(test_at(door, format!("hardware::{door}_no_serial"), without_serial));
    }
    for door in [Door::Pvh, Door::GRUB_BIOS] {
        trials.push(test(format!("hardware::{door}_dead_transmitter"), move || {
            dead_transmitter(Recipe::new(door))
        }));
    }
    trials.push(test("hardware::pvh_no_nx_is_said", || {
        says(Recipe::new(Door::Pvh).cpu("qemu64,-nx"), "this processor has no NX")
    }));
    for (machine, words) in [
        ("pc,acpi=off", "no ACPI: the boot loader found no ACPI root pointer"),
        ("pc,hpet=off", "acpi: 4 tables"),
        ("pc,pit=off", "keeps the time; nothing interrupts: no interval timer"),
        ("q35", "acpi: 6 tables"),
    ] {
        let name = machine.replace([',', '='], "_");
        trials.push(test(format!("hardware::pvh_{name}"), move || {
            says(Recipe::new(Door::Pvh).machine(machine), words)
        }));
    }
    trials.push(test("hardware::pvh_microvm", microvm));
    for (cmdline, words) in [
        ("console=serial", "console: no screen: the command line says console=serial"),
        ("console=framebuffer", "the boot loader gave no framebuffer; trying another screen"),
        ("console=toaster", "option \"console=toaster\" ignored"),
        ("nonsense", "option \"nonsense\" ignored"),
    ] {
        let name = cmdline.replace('=', "_");
        trials.push(test(format!("hardware::pvh_option_{name}"), move || {
            says(Recipe::new(Door::Pvh).cmdline(cmdline), words)
        }));
    }
    for door in [Door::GRUB_BIOS, Door::LIMINE_BIOS] {
        trials.push(test_at(door, format!("hardware::{door}_framebuffer_menu_entry"), |door| {
            let recipe = Recipe::new(door).entry(Entry::Framebuffer);
            shows_the_shell(recipe, Look::Framebuffer)
        }));
        trials.push(test_at(door, format!("hardware::{door}_serial_menu_entry"), |door| {
            says(Recipe::new(door).entry(Entry::SerialOnly), "the command line says console=serial")
        }));
    }
    for vga in ["cirrus", "virtio", "qxl", "vmware"] {
        trials.push(test_at(
            Door::LIMINE_BIOS,
            format!("hardware::limine_bios_vga_{vga}"),
            move |door| shows_the_shell(Recipe::new(door).vga(vga), Look::Any),
        ));
    }
    trials
}

fn has_memory(door: Door, size: &str, least_mib: u64) -> Outcome {
    let mut machine = Recipe::new(door).memory(size).boot_to_prompt()?;
    let map = machine.run("memmap")?;
    let usable: u64 = map.lines().filter(|line| line.ends_with("usable")).filter_map(length).sum();
    let mib = usable >> 20;
    let most = size.trim_end_matches(['M', 'G']).parse::<u64>().unwrap_or(0)
        * if size.ends_with('G') { 1024 } else { 1 };
    ensure((least_mib..=most).contains(&mib), || format!("{mib} MiB of {size} usable:\n{map}"))?;
    let answer = machine.run("heap_test")?;
    ensure(answer.contains("heap_test passed"), || format!("heap_test with {size}:\n{answer}"))?;
    let answer = machine.run("selftest heap")?;
    ensure(answer.contains(", 0 failed"), || format!("selftest heap with {size}:\n{answer}"))?;
    machine.no_triple_fault()
}

/// The length of a region in a line `0xSTART .. 0xEND ...`.
fn length(line: &str) -> Option<u64> {
    let mut numbers = line.split_whitespace().filter_map(|word| word.strip_prefix("0x"));
    let mut next = || u64::from_str_radix(numbers.next()?, 16).ok();
    let start = next()?;
    next()?.checked_sub(start)
}

fn passes_its_own_tests(recipe: Recipe) -> Outcome {
    says(recipe, "memory: ")
}

/// The boot log has these words, and the kernel's own tests pass.
fn says(recipe: Recipe, words: &str) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    let log = machine.serial()?.text();
    ensure(log.contains(words), || format!("{words:?} expected:\n{log}"))?;
    let answer = machine.run("selftest")?;
    let counts = answer.lines().find(|line| line.contains(" passed, 0 failed"));
    ensure(counts.and_then(passed) >= Some(1), || format!("selftest:\n{answer}"))?;
    machine.no_triple_fault()
}

/// Hardly a PC: qboot for firmware, whose command line lies in its own memory,
/// no PCI, no screen, no keyboard, two I/O APICs, and a timer that the MADT
/// leads to the wrong pin.
fn microvm() -> Outcome {
    let recipe = Recipe::new(Door::Pvh).machine("microvm").vga("none").cmdline("log=debug");
    let mut machine = recipe.boot_to_prompt()?;
    let log = machine.serial()?.text();
    for words in [
        "boot: command line \"log=debug\"",
        "I/O APIC 1 at 0xfec10000, from GSI 24, 24 pins",
        "did not come through the I/O APIC: the 8259s bring the lines",
        "console: no screen: ",
    ] {
        ensure(log.contains(words), || format!("{words:?} expected:\n{log}"))?;
    }
    let answer = machine.run("irq mode apic")?;
    ensure(answer.contains("did not come through the I/O APIC"), || answer)?;
    let answer = machine.run("selftest")?;
    let counts = answer.lines().find(|line| line.contains(" passed, 0 failed"));
    ensure(counts.and_then(passed) >= Some(1), || format!("selftest:\n{answer}"))?;
    machine.serial()?.send(b"shutdown\r")?;
    is_over(&mut machine, "shutdown", "guest-shutdown")
}

/// No serial port: the screen and the keyboard do everything.
fn without_serial(door: Door) -> Outcome {
    shows_the_shell(Recipe::new(door).without_serial(), Look::Text)
}

/// COM1 is there and takes no more output some bytes into the boot: it is waited
/// for once, said once, and used again when it moves.
fn dead_transmitter(recipe: Recipe) -> Outcome {
    /// COM1's line status register, and its bit for a transmitter that takes bytes.
    const COM1_LINE_STATUS: u16 = 0x3fd;
    const TRANSMITTER_EMPTY: u8 = 1 << 5;
    const DEAD: &str = "COM1 takes no output: dropped until it does";
    let mut machine = recipe.with_unread_serial().boot_to_prompt()?;
    machine.type_command("echo seen and typed")?;
    let screen = machine.type_command("serial")?;
    ensure(screen.contains("then the line stood still: "), || screen.rows.join("\n"))?;
    machine.type_command("clear")?;
    let screen = machine.type_command("dmesg | grep COM1")?;
    let said = screen.rows.iter().filter(|row| row.contains(DEAD)).count();
    ensure(said == 1, || format!("said {said} times:\n{}", screen.rows.join("\n")))?;
    machine.read_serial()?;
    // Until what had piled up is read, the transmitter takes nothing more.
    let deadline = Instant::now() + seconds(20);
    while machine.qmp.inb(COM1_LINE_STATUS)? & TRANSMITTER_EMPTY == 0 {
        ensure(Instant::now() < deadline, || "COM1 is read, and stands still".into())?;
    }
    machine.serial()?.send(b"\r")?;
    let answer = machine.run("echo both ways")?;
    ensure(answer == "both ways", || format!("on serial: {answer}"))?;
    let text = machine.serial()?.text();
    ensure(text.matches("COM1 takes output again; ").count() == 1, || text.clone())?;
    machine.no_triple_fault()
}

/// What the screen must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Text,
    Framebuffer,
    Any,
}

fn shows_the_shell(recipe: Recipe, look: Look) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    let screen = machine.type_command("echo seen and typed")?;
    let text = screen.size == (720, 400);
    ensure(look == Look::Any || text == (look == Look::Text), || {
        format!("a screen of {:?} pixels", screen.size)
    })?;
    let answer = screen.after(&format!("{PROMPT} echo seen and typed"));
    ensure(answer.is_some_and(|rows| rows[0] == "seen and typed"), || {
        format!("the screen shows:\n{}", screen.rows.join("\n"))
    })?;
    machine.no_triple_fault()
}
