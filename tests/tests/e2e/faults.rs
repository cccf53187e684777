//! The fault lab: every exception raised, reported, and come back from; then
//! once more with nobody to catch it. Nothing resets.

use std::fs;

use harness::door::{Door, Loader};
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, elf, ensure, images, seconds};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// A fault that the lab comes back from, and that is the end without a guard.
struct Fault {
    /// What `fault` calls it.
    name: &'static str,
    /// The manual's name, mnemonic and vector, as the report has them.
    title: &'static str,
    /// What else the report says.
    says: &'static [&'static str],
    /// The function that did it, as RIP's symbol or in the backtrace.
    function: &'static str,
    /// What the instruction at the reported address starts with, one of these;
    /// none where it lies outside of the kernel's text.
    instruction: &'static [&'static [u8]],
}

/// MOV of 64 bits from memory, with each REX prefix that it can have.
const LOAD: &[&[u8]] = &[&[0x48, 0x8b], &[0x4c, 0x8b], &[0x49, 0x8b], &[0x4d, 0x8b]];

const fn fault(
    name: &'static str,
    title: &'static str,
    function: &'static str,
    says: &'static [&'static str],
    instruction: &'static [&'static [u8]],
) -> Fault {
    Fault { name, title, says, function, instruction }
}

#[rustfmt::skip]
const FAULTS: [Fault; 16] = [
    fault("de", "divide error (#DE, vector 0)", "raise::divide",
        &["error code 0x0 (this exception has no error code)"], &[&[0xf7], &[0x41, 0xf7]]),
    fault("ud", "invalid opcode (#UD, vector 6)", "raise::invalid_opcode",
        &["error code 0x0", "bytes there: 0f 0b"], &[&[0x0f, 0x0b]]),
    fault("nm", "device not available (#NM, vector 7)", "effects::device_not_available",
        &["error code 0x0", "bytes there: db e3", " TS "], &[&[0xdb, 0xe3]]),
    fault("df", "double fault (#DF, vector 8)", "effects::double_fault",
        &["error code 0x0 (always zero)"], &[&[0x0f, 0x0b]]),
    fault("ts", "invalid TSS (#TS, vector 10)", "effects::invalid_tss",
        &["error code 0x18 (GDT entry 3)"], &[&[0xcd, 0x02]]),
    fault("np", "segment not present (#NP, vector 11)", "raise::segment_not_present",
        &["error code 0x28 (GDT entry 5)"], &[&[0x8e], &[0x66, 0x8e]]),
    fault("ss", "stack-segment fault (#SS, vector 12)", "raise::stack_segment",
        &["error code 0x28 (GDT entry 5)"], &[&[0x8e], &[0x66, 0x8e]]),
    fault("gp", "general protection (#GP, vector 13)", "raise::general_protection",
        &["error code 0x0 (no selector involved)", "likely a non-canonical address: ",
          "holds 0x8000000000000000"], LOAD),
    fault("pf", "page fault (#PF, vector 14)", "raise::page_fault",
        &["error code 0x0 (read of a page that is not mapped, by the kernel)",
          "CR2 0x0000123456789000 (", "not mapped: PML4E not present", "mapped below: nothing",
          "mapped above: from  0xff", "walk of 0x0000123456789000:"], LOAD),
    fault("null", "page fault (#PF, vector 14)", "raise::null_read",
        &["error code 0x0 (read of", "CR2 0x0000000000000008 (null page)"], LOAD),
    fault("wp", "page fault (#PF, vector 14)", "raise::write_to_text",
        &["error code 0x3 (write to a page whose rights forbid it, by the kernel)",
          "CR2 0xffffffff8", "(kernel text)", "read-only, supervisor, executable"], &[&[0xf0, 0x80]]),
    fault("nx", "page fault (#PF, vector 14)", "raise::run_data",
        &["error code 0x11 (instruction fetch from a page whose rights forbid it, by the kernel)",
          "(kernel data)", "writable, supervisor, no-execute"], &[]),
    fault("rsvd", "page fault (#PF, vector 14)", "effects::reserved_bit",
        &["(read of a page whose table entry has a reserved bit set, by the kernel)",
          "broken: reserved bits 0x8000000000000 set in the PTE"], LOAD),
    fault("mf", "x87 floating-point error (#MF, vector 16)", "effects::x87_error",
        &["error code 0x0", "bytes there: 9b", " NE "], &[&[0x9b]]),
    fault("so", "double fault (#DF, vector 8)", "raise::overflow_stack",
        &["error code 0x0", "not mapped: PTE not present", "stack overflow: the ",
          " stack ran into its guard page"], &[]),
    fault("so-ist", "double fault (#DF, vector 8)", "raise::overflow_stack",
        &["error code 0x0", "(guard page of the NMI stack)",
          "stack overflow: the NMI stack ran into its guard page"], &[]),
];

/// Those after which the code goes on, the manual's name, and how many bytes
/// before the reported address the instruction lies that begins so.
const SURVIVED: [(&str, &str, u64, &[u8]); 5] = [
    ("db", "debug exception (#DB, vector 1)", 0, &[]),
    ("nmi", "non-maskable interrupt (NMI, vector 2)", 0, &[]),
    ("bp", "breakpoint (#BP, vector 3)", 1, &[0xcc]),
    ("of", "overflow (#OF, vector 4)", 2, &[0xcd, 4]),
    ("br", "bound range exceeded (#BR, vector 5)", 2, &[0xcd, 5]),
];

/// The only doors that show a framebuffer, and those that show VGA text.
const SCREENS: [Door; 4] = [Door::GRUB_BIOS, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for fault in &FAULTS {
        let name = fault.name;
        trials.push(test(format!("faults::{name}_comes_back"), || comes_back(fault)));
        trials.push(test(format!("faults::{name}_is_reported"), || reported(fault)));
    }
    for (name, title, back, instruction) in SURVIVED {
        trials.push(test(format!("faults::{name}_is_survived"), move || {
            survived(name, title, back, instruction)
        }));
    }
    for (name, vector) in [("ac", "#AC"), ("xf", "#XM")] {
        trials.push(test(format!("faults::{name}_says_whether_it_is_raised"), move || {
            may_not_strike(name, vector)
        }));
    }
    for cpu in ["qemu64", "max", "qemu64,-nx", "qemu64,-sse,-sse2", "qemu64,-apic"] {
        trials.push(test(format!("faults::the_whole_lab_twice_on_{cpu}"), move || twice(cpu)));
    }
    trials.push(test("faults::help_explains_each", help_explains_each));
    trials.push(test("faults::panic_comes_back", panic_comes_back));
    trials.push(test("faults::panic_is_reported", panic_is_reported));
    trials.push(test("faults::a_panic_in_a_panic_says_both", panic_in_panic));
    trials.push(test("faults::so_in_an_interrupt_handler", overflow_in_handler));
    trials.push(test("faults::with_the_consoles_lock_held", with_console_locked));
    trials.push(test("faults::with_a_lock_held", with_a_lock));
    for point in ["fault-early", "fault-before-console", "fault-before-screen"] {
        trials.push(test(format!("faults::{point}"), move || early(point)));
    }
    // The loader's framebuffer, in its tables and in ours.
    for (door, loader, point) in [
        (Door::GRUB_UEFI, Loader::Grub, "fault-before-screen"),
        (Door::LIMINE_BIOS, Loader::Limine, "fault-before-console"),
        (Door::LIMINE_UEFI, Loader::Limine, "fault-early"),
    ] {
        trials.push(test_at(door, format!("faults::{door}_{point}"), move |door| {
            early_at(door, loader, point)
        }));
    }
    trials.push(test("faults::a_refusal_to_start_is_on_the_screen", refusal_on_screen));
    for door in SCREENS {
        trials.push(test_at(door, format!("faults::{door}_lab_on_the_screen"), lab_on_screen));
        trials.push(test_at(door, format!("faults::{door}_so_shows_on_the_screen"), on_screen));
    }
    trials
}

/// Raises it with nobody to catch it; returns the report, once the monitor asks.
fn provoke(machine: &mut Machine, name: &str) -> Outcome<String> {
    let serial = machine.serial()?;
    serial.send(format!("fault {name} fatal\r").as_bytes())?;
    serial.wait_for("*** CPU exception", seconds(20))?;
    serial.wait_for("System halted.", seconds(20))?;
    serial.wait_for("monitor>", seconds(20))?;
    let text = machine.serial()?.text();
    let start = text.find("*** CPU exception").unwrap_or_default();
    Ok(text[start..].to_owned())
}

impl Fault {
    /// Whether the report is this fault's, and all there.
    fn check(&self, report: &str) -> Outcome {
        let title = format!("*** CPU exception: {}", self.title);
        let first = report.lines().find(|line| !line.is_empty()).unwrap_or_default();
        ensure(first == title, || format!("{title:?} expected:\n{report}"))?;
        let function = format!("valhalla::shell::commands::fault::{}+0x", self.function);
        for text in self.says.iter().copied().chain([&*function, "Backtrace:"]) {
            ensure(report.contains(text), || format!("{text:?} expected:\n{report}"))?;
        }
        for register in [
            "RAX", "RBX", "RSP", "RBP", "R8 ", "R15", "RFLAGS", "CR0", "CR3", "CR4", "EFER", "DS",
            "DR0", "DR3", "DR6", "DR7",
        ] {
            value(report, register)?;
        }
        // The address is that of the instruction that did it: the kernel's file
        // shows it there, and the report shows the same bytes.
        let rip = value(report, "RIP")?;
        if !self.instruction.is_empty() {
            let code = elf::bytes_at(&fs::read(images::kernel()?)?, rip, 4)?;
            ensure(self.instruction.iter().any(|bytes| code.starts_with(bytes)), || {
                format!("at RIP {rip:#x} the kernel has {code:02x?}:\n{report}")
            })?;
            let bytes: Vec<String> = code.iter().map(|byte| format!("{byte:02x}")).collect();
            let bytes = format!("bytes there: {}", bytes.join(" "));
            ensure(report.contains(&bytes), || format!("{bytes:?} expected:\n{report}"))?;
        }
        if self.name.starts_with("so") {
            // It struck right below the stack, where its pointer was.
            let (cr2, rsp) = (value(report, "CR2")?, value(report, "RSP")?);
            ensure(cr2.abs_diff(rsp) <= 0x1000, || format!("CR2 is far from RSP:\n{report}"))?;
        }
        if self.name == "nx" {
            let (cr2, rip) = (value(report, "CR2")?, value(report, "RIP")?);
            ensure(cr2 == rip, || format!("CR2 is not RIP:\n{report}"))?;
        }
        Ok(())
    }
}

/// The prompt works, and the machine has not given up meanwhile.
fn alive(machine: &mut Machine) -> Outcome {
    let answer = machine.run("echo alive")?;
    ensure(answer == "alive", || format!("echo answered {answer:?}"))?;
    machine.no_triple_fault()
}

/// Caught: the whole report, on the screen its beginning, and the prompt again.
/// Twice: the first leaves nothing behind.
fn comes_back(fault: &Fault) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for _ in 0..2 {
        let answer = machine.run(&format!("fault {}", fault.name))?;
        fault.check(&answer)?;
        let expected = format!("came back from: {} at 0x", fault.title);
        ensure(answer.contains(&expected), || format!("{expected:?} expected:\n{answer}"))?;
    }
    machine.type_command(&format!("fault {}", fault.name))?;
    machine.wait_screen(fault.title, seconds(20), |screen| {
        screen.contains(&format!("*** CPU exception: {}", fault.title))
            && screen.contains("came back from")
            && screen.last() == "valhalla>"
    })?;
    alive(&mut machine)
}

/// Not caught: the report on serial and on the screen, and the monitor.
fn reported(fault: &Fault) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let report = provoke(&mut machine, fault.name)?;
    fault.check(&report)?;
    if fault.name == "so" {
        let expected = "stack overflow: the main stack ran into its guard page";
        ensure(report.contains(expected), || format!("{expected:?} expected:\n{report}"))?;
    }
    machine.wait_screen(fault.title, seconds(20), |screen| {
        screen.contains(&format!("*** CPU exception: {}", fault.title))
            && screen.last() == "monitor>"
    })?;
    let serial = machine.serial()?;
    serial.send(b"regs\r")?;
    serial.wait_for("RIP 0x", seconds(20))?;
    serial.wait_for("monitor>", seconds(20))?;
    machine.no_triple_fault()
}

fn survived(name: &str, title: &str, back: u64, instruction: &[u8]) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let answer = machine.run(&format!("fault {name}"))?;
    let expected = format!("*** {title} at 0x");
    let line = answer.lines().find(|line| line.starts_with(&expected));
    let line = line.ok_or_else(|| Failure::new(format!("no {expected:?} in:\n{answer}")))?;
    ensure(line.contains("commands::fault::raise::"), || format!("no symbol: {line}"))?;
    ensure(answer.contains("the code went on"), || format!("it did not go on:\n{answer}"))?;
    // The saved address is behind the instruction.
    let rip = value(line, "at")?;
    let code = elf::bytes_at(&fs::read(images::kernel()?)?, rip - back, instruction.len() as u64)?;
    ensure(code == instruction, || format!("before {rip:#x} the kernel has {code:02x?}"))?;
    alive(&mut machine)
}

fn may_not_strike(name: &str, mnemonic: &str) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let answer = machine.run(&format!("fault {name}"))?;
    let says_so = answer.starts_with("nothing was raised: ");
    let raised = answer.contains("came back from: ") && answer.contains(mnemonic);
    ensure(says_so || raised, || format!("neither raised nor explained:\n{answer}"))?;
    alive(&mut machine)
}

/// The whole lab, and again: with the same outcome.
fn twice(cpu: &str) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cpu(cpu).boot_to_prompt()?;
    let first = lab(&mut machine)?;
    let second = lab(&mut machine)?;
    ensure(first == second, || format!("not the same:\n{first}\nand then\n{second}"))?;
    alive(&mut machine)
}

/// What `fault all` says, but for the NMI, which may arrive an instruction later.
fn lab(machine: &mut Machine) -> Outcome<String> {
    let answer = machine.run("fault all")?;
    ensure(answer.ends_with(" 0 wrong"), || format!("something is wrong:\n{answer}"))?;
    let rest: Vec<&str> = answer.lines().filter(|line| !line.contains("NMI, vector 2")).collect();
    Ok(rest.join("\n"))
}

fn help_explains_each() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let help = machine.run("help fault")?;
    let names = FAULTS.iter().map(|fault| fault.name);
    let names = names.chain(SURVIVED.map(|(name, ..)| name)).chain(["ac", "xf"]);
    for name in names {
        let explained = help.lines().any(|line| {
            let words = line.trim_start().strip_prefix(name);
            words.is_some_and(|rest| rest.starts_with(' ') && rest.trim().len() > 15)
        });
        ensure(explained, || format!("{name} is not explained:\n{help}"))?;
    }
    Ok(())
}

fn panic_comes_back() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let answer = machine.run("fault panic")?;
    let expected = "came back from: panic: asked for at the prompt (kernel/src/shell/";
    ensure(answer.contains(expected), || format!("{expected:?} expected:\n{answer}"))?;
    let answer = machine.run("fault panics")?;
    let expected = "came back from: panic: the words of a panic panicked (kernel/src/shell/";
    ensure(answer.contains(expected), || format!("{expected:?} expected:\n{answer}"))?;
    alive(&mut machine)
}

fn panic_is_reported() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let serial = machine.serial()?;
    serial.send(b"fault panic fatal\r")?;
    serial.wait_for("*** Kernel panic: asked for at the prompt", seconds(20))?;
    serial.wait_for("kernel/src/shell/commands/fault/raise.rs:", seconds(20))?;
    serial.wait_for("System halted.", seconds(20))?;
    serial.wait_for("monitor>", seconds(20))?;
    machine.no_triple_fault()
}

fn panic_in_panic() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let serial = machine.serial()?;
    serial.send(b"fault panics fatal\r")?;
    serial.wait_for("*** Kernel panic: this cannot be said:", seconds(20))?;
    serial.wait_for("While this was reported: kernel panic at kernel/src/shell/", seconds(20))?;
    serial.wait_for("first was reported: kernel panic: the words of a panic", seconds(20))?;
    serial.wait_for("monitor>", seconds(20))?;
    machine.no_triple_fault()
}

fn says(report: &str, texts: &[&str]) -> Outcome {
    for text in texts {
        ensure(report.contains(text), || format!("{text:?} expected:\n{report}"))?;
    }
    Ok(())
}

/// The timer's handler overflows the stack that it interrupted.
fn overflow_in_handler() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let answer = machine.run("fault so-irq")?;
    says(&answer, &["nothing can come back from this one"])?;
    let report = provoke(&mut machine, "so-irq")?;
    let title = "*** CPU exception: double fault (#DF, vector 8)";
    let stack = "stack overflow: the main stack ran into its guard page";
    let function = "fault::raise::overflow_stack+0x";
    says(&report, &[title, stack, function, "interrupt handlers 1, locks held 0"])?;
    machine.no_triple_fault()
}

fn with_console_locked() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let report = provoke(&mut machine, "console")?;
    let title = "*** CPU exception: invalid opcode (#UD, vector 6)";
    says(&report, &[title, "fault::raise::", "locks held 1"])?;
    machine.wait_screen(title, seconds(20), |screen| {
        screen.contains(title) && screen.last() == "monitor>"
    })?;
    machine.no_triple_fault()
}

fn with_a_lock() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let report = provoke(&mut machine, "lock")?;
    let title = "*** CPU exception: invalid opcode (#UD, vector 6)";
    says(&report, &[title, "fault_with_lock+0x", "locks held 1"])?;
    machine.no_triple_fault()
}

/// Before there is a heap, or even a console.
fn early(point: &str) -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).cmdline(&format!("test={point}")).boot()?;
    let serial = machine.serial()?;
    serial.wait_for("*** CPU exception: invalid opcode (#UD, vector 6)", seconds(20))?;
    serial.wait_for("error code 0x0", seconds(20))?;
    serial.wait_for("RIP 0xffffffff8", seconds(20))?;
    serial.wait_for("bytes there: 0f 0b", seconds(20))?;
    serial.wait_for("System halted.", seconds(20))?;
    early_on_screen(&mut machine)?;
    if point == "fault-before-screen" {
        return machine.serial()?.wait_for("monitor>", seconds(20)).map(drop);
    }
    machine.wait_halted(seconds(20))
}

/// The same from an image whose first entry has that command line.
fn early_at(door: Door, loader: Loader, point: &str) -> Outcome {
    let image = std::env::temp_dir().join(format!("valhalla-{}-{door}.iso", std::process::id()));
    let made = images::iso_with_cmdline(loader, &format!("test={point}"), &image);
    let outcome = made.and_then(|()| {
        let mut machine = Recipe::new(door).kernel(&image).boot()?;
        machine.serial()?.wait_for("*** CPU exception: invalid opcode", door.bound())?;
        machine.serial()?.wait_for("System halted.", seconds(20))?;
        early_on_screen(&mut machine)
    });
    for name in ["iso", "iso.inputs", "iso.log"] {
        // What was not made is not there.
        let _ = fs::remove_file(image.with_extension(name));
    }
    outcome
}

/// The report's beginning, from the top of a screen that the kernel had not opened.
fn early_on_screen(machine: &mut Machine) -> Outcome {
    machine.wait_screen("the report", seconds(20), |screen| {
        screen
            .rows
            .first()
            .is_some_and(|row| row == "*** CPU exception: invalid opcode (#UD, vector 6)")
            && screen.contains("error code 0x0 (")
            && screen.contains("RIP 0xffffffff8")
            && screen.contains("bytes there: 0f 0b")
            && screen.last().starts_with("System halted.")
    })?;
    machine.no_triple_fault()
}

/// As with too little memory, before there is a screen.
fn refusal_on_screen() -> Outcome {
    let reason = "*** Valhalla OS cannot start: the command line asks for this.";
    let mut machine = Recipe::new(Door::Pvh).cmdline("test=cannot-start").boot()?;
    machine.serial()?.wait_for(reason, seconds(20))?;
    machine.wait_screen("the reason", seconds(20), |screen| {
        screen.rows.first().is_some_and(|row| row == reason) && screen.last() == "System halted."
    })?;
    machine.wait_halted(seconds(20))?;
    machine.no_triple_fault()
}

/// Each of the lab on this door's screen: the report begins there, and the
/// prompt is back below it.
fn lab_on_screen(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).boot_to_prompt()?;
    for fault in &FAULTS {
        machine.type_command("clear")?;
        machine.type_command(&format!("fault {}", fault.name))?;
        let title = format!("*** CPU exception: {}", fault.title);
        machine.wait_screen(&title, seconds(20), |screen| {
            screen.contains(&title)
                && screen.contains("error code 0x")
                && screen.contains("came back from")
                && screen.last() == "valhalla>"
        })?;
    }
    machine.no_triple_fault()
}

fn on_screen(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).boot_to_prompt()?;
    provoke(&mut machine, "so")?;
    let title = "*** CPU exception: double fault (#DF, vector 8)";
    machine.wait_screen(title, seconds(20), |screen| {
        screen.contains(title) && screen.contains("stack overflow") && screen.last() == "monitor>"
    })?;
    machine.no_triple_fault()
}

/// The hexadecimal number behind `name` in a report.
fn value(report: &str, name: &str) -> Outcome<u64> {
    let start = format!("{name} 0x");
    let digits = report.split(&start).nth(1).map(|rest| {
        rest.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default().to_owned()
    });
    digits
        .and_then(|digits| u64::from_str_radix(&digits, 16).ok())
        .ok_or_else(|| Failure::new(format!("no {name} in:\n{report}")))
}
