//! The first look: boot menu, banner, prompt.

use harness::door::{Door, Loader};
use harness::keys::press;
use harness::machine::Recipe;
use harness::menu::Entry;
use harness::serial::PROMPT;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::{test, test_at};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        test("firstlook::pvh_banner_and_prompt_fit_80x25", || banner(Door::Pvh)),
        test("firstlook::options_are_explained", options),
    ];
    for door in [Door::GRUB_BIOS, Door::LIMINE_BIOS, Door::GRUB_UEFI, Door::LIMINE_UEFI] {
        trials.push(test_at(door, format!("firstlook::{door}_banner"), banner));
    }
    for door in [Door::GRUB_BIOS, Door::LIMINE_BIOS, Door::GRUB_UEFI, Door::LIMINE_UEFI] {
        let name = format!("firstlook::{door}_menu_no_keyboard");
        trials.push(test_at(door, name, page_by_page));
    }
    for door in [Door::GRUB_UEFI, Door::LIMINE_UEFI] {
        let name = format!("firstlook::{door}_usb_keyboard_alone_is_told");
        trials.push(test_at(door, name, no_keyboard));
    }
    trials.push(test("firstlook::pvh_no_keyboard_and_no_serial_is_told", nothing_to_type_at));
    trials.push(test("firstlook::pvh_tour_measures_on", tour_measures_on));
    for door in [Door::GRUB_BIOS, Door::LIMINE_BIOS] {
        for (name, entry, given) in [
            ("safe", Entry::Safe, "irq=pic"),
            ("framebuffer", Entry::Framebuffer, "console=framebuffer"),
            ("serial", Entry::SerialOnly, "console=serial"),
            ("verbose", Entry::Verbose, "log=debug"),
        ] {
            trials.push(test_at(door, format!("firstlook::{door}_menu_{name}"), move |door| {
                is_given(door, entry, given)
            }));
        }
    }
    trials
}

/// What a screen says at which nothing can type.
const KEYLESS: &str = "No keyboard answers: nothing can be typed here.";

/// A PC with a USB keyboard alone: the screen says what helps, and the serial line,
/// where somebody can type, greets as ever.
fn no_keyboard(door: Door) -> Outcome {
    let recipe = Recipe::new(door).machine("q35,i8042=off").arg("-device").arg("qemu-xhci");
    let mut machine = recipe.arg("-device").arg("usb-kbd").boot_to_prompt()?;
    let screen = machine.wait_screen("the warning", seconds(20), |screen| {
        screen.contains(KEYLESS) && screen.last() == PROMPT
    })?;
    for words in [
        "a PS/2 keyboard, on a PC that has the controller for it",
        "\"USB legacy support\"",
        "COM1 (0x3f8), 115200 baud 8N1: a prompt waits there",
        "the boot menu's entry \"no keyboard\"",
    ] {
        ensure(screen.contains(words), || format!("{words:?}:\n{}", screen.text_from(0)))?;
    }
    ensure(!screen.contains("Type help"), || screen.text_from(0))?;
    let serial = machine.serial()?.text();
    ensure(serial.contains("Type help") && !serial.contains(KEYLESS), || serial)?;
    machine.no_triple_fault()
}

/// The same without a serial port.
fn nothing_to_type_at() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).machine("pc,i8042=off").without_serial().boot()?;
    machine.wait_screen("the warning", seconds(60), |screen| {
        screen.contains(KEYLESS) && screen.contains("115200 baud 8N1: none answers now")
    })?;
    machine.no_triple_fault()
}

/// The menu's entry shows one page after the other; a key ends it, with a prompt.
fn page_by_page(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).entry(Entry::NoKeyboard).boot()?;
    for words in
        ["Machine (version): page 1 of ", "Processor (lscpu): page 2 of ", "Memory (mem): page "]
    {
        machine.wait_screen(words, seconds(60), |screen| {
            screen.rows.first().is_some_and(|row| row.contains(words))
        })?;
    }
    press(&mut machine.qmp, &["spc"])?;
    machine.wait_screen("the prompt", seconds(20), |screen| screen.last() == PROMPT)?;
    machine.no_triple_fault()
}

/// Rates are measured while it waits, so they are known when it is the clocks' turn;
/// each title ends in the row that it begins in.
fn tour_measures_on() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cmdline("run=\"tour 3\"").boot()?;
    for page in ["Controllers (acpi madt): page ", "Clocks (clocks): page "] {
        let screen = machine.wait_screen(page, seconds(60), |screen| {
            screen.rows.first().is_some_and(|row| row.contains(page))
        })?;
        let title = screen.rows.first().map_or("", |row| row.trim_end());
        ensure(title.ends_with("a key ends this"), || screen.text_from(0))?;
        ensure(!screen.contains("not yet known"), || screen.text_from(0))?;
    }
    machine.no_triple_fault()
}

/// What the banner says, from the top.
const LABELS: [&str; 7] = [
    "Valhalla OS ",
    "loader ",
    "processor ",
    "memory ",
    "display ",
    "firmware ",
    "Type help for a list of commands.",
];

/// A person who looks at the screen sees the banner's lines, the hint and the
/// prompt, the names of loader and firmware, and stamps on the log above.
fn banner(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).boot_to_prompt()?;
    let screen =
        machine.wait_screen("the prompt", seconds(20), |screen| screen.last() == PROMPT)?;
    let rows = screen.rows.iter();
    let found: Vec<&str> = rows
        .filter_map(|row| LABELS.into_iter().find(|label| row.contains(label)))
        .skip_while(|label| *label != LABELS[0])
        .collect();
    // The log names the kernel too; where it has not scrolled away, that is
    // one line more at the top.
    ensure(found.ends_with(&LABELS), || {
        format!("{found:?} on the screen:\n{}", screen.rows.join("\n"))
    })?;
    ensure(!screen.contains(KEYLESS), || screen.text_from(0))?;
    let (loader, firmware) = match door {
        Door::Pvh => ("Valhalla shim", "BIOS"),
        Door::Iso(Loader::Grub, firmware, _) => ("Valhalla shim", firmware_name(firmware)),
        Door::Iso(Loader::Limine, firmware, _) => ("Limine", firmware_name(firmware)),
    };
    let said = screen.rows.iter().find(|row| row.contains("loader ")).cloned().unwrap_or_default();
    ensure(said.contains(loader) && said.ends_with(firmware), || said.clone())?;
    // QEMU has one, with 24 pins, which `irq=auto` takes; the log names the firmware too.
    let lines = screen.rows.iter().rfind(|row| row.contains("firmware ")).cloned();
    let lines = lines.unwrap_or_default();
    ensure(lines.ends_with("; I/O APIC, 24 pins"), || lines.clone())?;
    let text = machine.serial()?.text();
    let stamped = text.lines().filter(|line| line.starts_with("[ ") && line.contains("] ")).count();
    ensure(stamped >= 8, || format!("{stamped} lines of the log have stamps:\n{text}"))?;
    machine.no_triple_fault()
}

fn firmware_name(firmware: harness::door::Firmware) -> &'static str {
    match firmware {
        harness::door::Firmware::Bios => "BIOS",
        harness::door::Firmware::Uefi => "UEFI",
    }
}

/// The entry hands over its options, the kernel follows them, and does what
/// the menu promises.
fn is_given(door: Door, entry: Entry, given: &str) -> Outcome {
    let mut machine = Recipe::new(door).entry(entry).boot_to_prompt()?;
    let answer = machine.run("cmdline")?;
    let first = answer.lines().next().unwrap_or_default();
    ensure(first == format!("given: {given}"), || answer.clone())?;
    ensure(answer.lines().any(|line| line.trim() == given), || answer.clone())?;
    ensure(!answer.contains("not followed"), || answer.clone())?;
    let version = machine.run("version")?;
    let text = machine.serial()?.text();
    let kept = match entry {
        Entry::Safe => text.contains("8259"),
        Entry::Framebuffer => version.contains("framebuffer"),
        Entry::SerialOnly => version.contains("no screen, serial"),
        // The memory map and the tables, line by line.
        _ => text.contains("usable") && text.contains("acpi: DSDT revision"),
    };
    ensure(kept, || format!("{entry:?} does not keep its promise:\n{version}\n{text}"))?;
    machine.no_triple_fault()
}

/// `cmdline` says what is in force, what could be, and what was not followed.
fn options() -> Outcome {
    let line = "log=warn bogus console=loud log=debug";
    let mut machine = Recipe::new(Door::Pvh).cmdline(line).boot_to_prompt()?;
    let answer = machine.run("cmdline")?;
    for wanted in [
        "given: log=warn bogus console=loud log=debug",
        "  log=debug",
        "  console=auto|",
        "not followed:",
        "  unknown option \"bogus\" ignored",
        "  option \"console=loud\" ignored: console takes auto|",
    ] {
        ensure(answer.lines().any(|line| line.starts_with(wanted)), || {
            format!("no line begins with {wanted:?}:\n{answer}")
        })?;
    }
    machine.no_triple_fault()
}
