//! AML that firmware has and the interpreter stumbles over: the programs in
//! `tests/aml`, compiled by `iasl` and loaded as SSDTs.

use std::process::Command;
use std::time::Instant;

use harness::asl::Program;
use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, ensure, seconds};
use libtest_mimic::{Completion, Trial};

use crate::acpi::says;
use crate::failed;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test_with_iasl("aml::mutexes_are_apart_and_none_stays_held", mutexes),
        test_with_iasl("aml::the_firmwares_lock_is_given_back", firmwares_lock),
        test_with_iasl("aml::a_region_behind_a_bridge_reaches_its_device_alone", behind_a_bridge),
        test_with_iasl("aml::a_device_that_reads_where_it_is_costs_its_table", reads_itself),
        test_with_iasl("aml::stores_into_elements_arrive", elements),
        test_with_iasl("aml::a_device_that_fails_costs_its_line_alone", failing_devices),
    ]
}

/// A test with a program that has to be compiled.
pub(crate) fn test_with_iasl(name: &str, run: fn() -> Outcome) -> Trial {
    Trial::ignorable_test(name, move || match Command::new("iasl").arg("-v").output() {
        Err(_) => Ok(Completion::ignored_with("iasl not found (tools/need iasl)")),
        Ok(_) => run().map(|()| Completion::Completed).map_err(failed),
    })
}

/// Evaluates, and wants exactly this value.
fn gives(machine: &mut Machine, path: &str, value: &str) -> Outcome {
    let answer = machine.run(&format!("acpi eval {path}"))?;
    ensure(answer.trim() == value, || format!("{path} gives {answer:?}, not {value:?}"))
}

fn mutexes() -> Outcome {
    let program = Program::compile("mutexes")?;
    let mut machine = program.add_to(Recipe::new(Door::Pvh)).boot_to_prompt()?;
    gives(&mut machine, "LKA", "1")?;
    gives(&mut machine, "LKAB", "2")?;
    gives(&mut machine, "LKRE", "3")?;
    says(&mut machine, "acpi eval HANG", &["\\HANG: it took too long"])?;
    gives(&mut machine, "LKAB", "2")?;
    gives(&mut machine, "GLCK", "5")?;
    says(&mut machine, "acpi aml", &["2 tables loaded, 0 left out"])?;
    machine.no_triple_fault()
}

/// The FACS is looked at from outside: what is left in it is what the firmware sees.
fn firmwares_lock() -> Outcome {
    /// Global lock: the other side waits; taken.
    const PENDING: u64 = 1;
    const OWNED: u64 = 2;
    /// PM1 control of QEMU's `pc`, and the bit that tells of the release.
    const PM1_CONTROL: u16 = 0x604;
    const GBL_RLS: u64 = 1 << 2;
    let program = Program::compile("mutexes")?;
    let mut machine = program.add_to(Recipe::new(Door::Pvh).with_qtest()).boot_to_prompt()?;
    let fadt = machine.run("acpi fadt")?;
    let facs = fadt.lines().find(|line| line.trim_start().starts_with("FIRMWARE_CTRL"));
    let facs = facs.and_then(|line| line.rsplit("0x").next()).unwrap_or_default().trim();
    let facs = u64::from_str_radix(facs, 16)
        .map_err(|error| Failure::new(format!("no FACS: {error}\n{fadt}")))?;
    let lock = facs + 16;
    let is = |machine: &mut Machine, expected: u64, when: &str| {
        let word = word(machine, lock)?;
        ensure(word == expected, || format!("the lock is {word:#x} {when}, not {expected:#x}"))
    };
    gives(&mut machine, "GLCK", "5")?;
    is(&mut machine, 0, "after GLCK")?;
    says(&mut machine, "acpi eval GLER", &["there is no NONE"])?;
    is(&mut machine, 0, "after a method that failed")?;
    // The firmware has it: nothing is taken away, and nothing waits for ever.
    machine.qtest()?.command(&format!("writel {lock:#x} {OWNED}"))?;
    says(&mut machine, "acpi eval GLTM", &["the firmware keeps its global lock"])?;
    is(&mut machine, OWNED | PENDING, "while the firmware has it")?;
    says(&mut machine, "acpi eval GLCK", &["\\GLCK: it took too long"])?;
    is(&mut machine, OWNED | PENDING, "while the firmware still has it")?;
    machine.qtest()?.command(&format!("writel {lock:#x} 0"))?;
    gives(&mut machine, "GLTM", "6")?;
    // The firmware comes to wait for it while a method has it that never ends.
    let told = machine.qtest()?.command(&format!("inw {PM1_CONTROL:#x}"))?;
    ensure(hex(&told)? & GBL_RLS == 0, || format!("PM1 control is {told} before"))?;
    machine.serial()?.send(b"acpi eval HANG\r")?;
    let deadline = Instant::now() + seconds(20);
    while word(&mut machine, lock)? != OWNED {
        ensure(Instant::now() < deadline, || "HANG does not take the lock".into())?;
    }
    machine.qtest()?.command(&format!("writel {lock:#x} {}", OWNED | PENDING))?;
    machine.serial()?.wait_for("the next question loads AML anew", seconds(20))?;
    machine.serial()?.prompt(seconds(20))?;
    is(&mut machine, 0, "after a method that was given up")?;
    let told = machine.qtest()?.command(&format!("inw {PM1_CONTROL:#x}"))?;
    ensure(hex(&told)? & GBL_RLS != 0, || format!("PM1 control is {told} afterwards"))?;
    machine.no_triple_fault()
}

fn word(machine: &mut Machine, at: u64) -> Outcome<u64> {
    let bytes = machine.qtest()?.read(at, 4)?;
    Ok(bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
}

/// The number in qtest's answer `OK 0x1`.
fn hex(answer: &str) -> Outcome<u64> {
    let digits = answer.rsplit("0x").next().unwrap_or_default().trim();
    u64::from_str_radix(digits, 16).map_err(|error| Failure::new(format!("{answer:?}: {error}")))
}

/// The registers are read from outside: a byte changes in one function, or in none.
fn behind_a_bridge() -> Outcome {
    let program = Program::compile("pci")?;
    let recipe = Recipe::new(Door::Pvh).machine("q35").with_qtest();
    let recipe = recipe.arg("-device").arg("pcie-root-port,id=rp,bus=pcie.0,addr=5");
    let recipe = recipe.arg("-device").arg("e1000,bus=rp,addr=0");
    let mut machine = program.add_to(recipe).boot_to_prompt()?;
    let mut expected = interrupt_lines(&mut machine)?;
    let unknown = "it needs a PCI device that is not known; nothing was written";
    let in_port = "\\\\_SB.PCI0.XRP0";
    for (path, answer) in [
        // Declared in a method; behind a bridge that is not there; below no bridge.
        (format!("{in_port}.XCH0.XMTH"), unknown),
        ("\\\\_SB.PCI0.XRP1.XCH1.XWRI".into(), unknown),
        ("\\\\_SB.XOUT.XWRI".into(), unknown),
        ("\\\\_SB.PCI0.XSLF.XGET".into(), unknown),
        // The root port's device number, and the card's by way of its part.
        (format!("{in_port}.XGET"), "0xc"),
        (format!("{in_port}.XCH0.XSUB.XGET"), "0x100e"),
        ("XTOP".into(), "0x100e"),
    ] {
        says(&mut machine, &format!("acpi eval {path}"), &[answer])?;
        let now = interrupt_lines(&mut machine)?;
        ensure(now == expected, || format!("{path}: {expected:x?} became {now:x?}"))?;
    }
    says(&mut machine, &format!("acpi eval {in_port}.XCH0.XWRI"), &["0x55"])?;
    // Bus 1, device 0, function 0.
    expected[1 << 8] = 0x55;
    let now = interrupt_lines(&mut machine)?;
    ensure(now == expected, || format!("XWRI: {expected:x?} expected, and {now:x?}"))?;
    machine.no_triple_fault()
}

/// The interpreter asks where the device is to read where it is, on its own stack:
/// that has an end, which must not be met while the heap is locked.
fn reads_itself() -> Outcome {
    let program = Program::compile("selfread")?;
    let mut machine = program.add_to(Recipe::new(Door::Pvh)).boot_to_prompt()?;
    says(&mut machine, "acpi eval _S5", &["is left out: out of memory", "Package (4)"])?;
    says(&mut machine, "acpi aml", &["1 tables loaded, 1 left out"])?;
    machine.no_triple_fault()
}

/// The byte at 0x3c, interrupt line, of every function on bus 0 and on bus 1.
fn interrupt_lines(machine: &mut Machine) -> Outcome<Vec<u8>> {
    let functions = 0..2_u64 << 8;
    let read = |function: u64| -> Outcome<u8> {
        let address = 1 << 31 | function << 8 | 0x3c;
        machine.qtest()?.command(&format!("outl 0xcf8 {address:#x}"))?;
        Ok(hex(&machine.qtest()?.command("inb 0xcfc")?)? as u8)
    };
    functions.map(read).collect()
}

fn elements() -> Outcome {
    let program = Program::compile("elements")?;
    let mut machine = program.add_to(Recipe::new(Door::Pvh)).boot_to_prompt()?;
    says(&mut machine, "acpi eval XBEL", &["Buffer (4) { 01 09 03 04 }"])?;
    says(&mut machine, "acpi eval XBEN", &["Buffer (4) { 01 09 34 04 }"])?;
    says(&mut machine, "acpi eval XBLO", &["Buffer (3) { 08 06 07 }"])?;
    says(&mut machine, "acpi eval XBEY", &["an index past the end"])?;
    says(&mut machine, "acpi eval XBUF", &["Buffer (4) { 01 09 34 04 }"])?;
    gives(&mut machine, "XSTE", "\"axc\"")?;
    says(&mut machine, "acpi eval XSTY", &["an index past the end"])?;
    says(&mut machine, "acpi eval XSTN", &["element", "(String) cannot become that value"])?;
    gives(&mut machine, "XSTR", "\"axc\"")?;
    gives(&mut machine, "XPKE", "Package (3) { 1, \"two\", 3 }")?;
    // A copy's element is not the original's.
    gives(&mut machine, "XPKC", "Package (3) { 1, \"two\", 3 }")?;
    machine.no_triple_fault()
}

fn failing_devices() -> Outcome {
    let program = Program::compile("devices")?;
    let mut machine = program.add_to(Recipe::new(Door::Pvh)).boot_to_prompt()?;
    // The second time nothing is loaded anew.
    for _ in 0..2 {
        let answer = machine.run("acpi devices")?;
        let lines: Vec<&str> = answer.lines().map(str::trim).collect();
        for (device, status, failure) in [
            ("\\_SB.AA00 VALH0000", "", None),
            ("\\_SB.AA01 VALH0001", "", Some("_STA failed: panic: not yet implemented")),
            ("\\_SB.AA02 VALH0002", "", Some("_STA failed: there is no NONE")),
            ("\\_SB.AA03", "", Some("_HID failed: there is no NONE")),
            ("\\_SB.AA04 VALH0004", "", Some("_INI failed: there is no NONE")),
            ("\\_SB.AA05 VALH0005", "", Some("_INI failed: panic: not yet implemented")),
            ("\\_SB.AA06 VALH0006", " absent", None),
            ("\\_SB.AA08 VALH0008", " present", None),
            ("\\_SB.PCI0 PNP0A03", " _UID 0 _ADR 0", None),
            ("\\_SB.PCI0.S08.RTC PNP0B00", "", None),
        ] {
            let wanted = format!("{device}{status}");
            let is_it =
                |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ") == wanted;
            let at = lines.iter().position(|line| is_it(line));
            let next = at.and_then(|at| lines.get(at + 1)).copied().unwrap_or_default();
            let is_right = match failure {
                Some(words) => next.starts_with(words),
                None => !next.contains(" failed: "),
            };
            ensure(at.is_some() && is_right, || format!("{wanted} {failure:?}:\n{answer}"))?;
        }
    }
    // Each that could be was initialised, once; the one in an absent device was not.
    gives(&mut machine, "WELL", "7")?;
    let routes = [
        "\\_PIC failed, so they may be another mode's: there is no NONE",
        "_PRT failed: there is no NONE",
        "\\_SB.PCI0",
        "device 02 INTA  \\_SB.LNKB: GSI 10 (level",
    ];
    says(&mut machine, "acpi prt", &routes)?;
    says(&mut machine, "acpi aml", &["2 tables loaded, 0 left out"])?;
    says(&mut machine, "frames check", &["the books agree"])?;
    machine.no_triple_fault()
}
