//! ACPI from the prompt: tables in words, AML, and what damaged ones do.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use harness::asl::Program;
use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::{Failure, Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::aml::test_with_iasl;
use crate::{test, test_at};

/// `Method (SPIN) { While (One) { Noop } }`
const SPIN: &[u8] = b"\x14\x0aSPIN\x00\xa2\x03\x01\xa3";
/// `Method (DEEP) { DEEP () }`
const DEEP: &[u8] = b"\x14\x0aDEEP\x00DEEP";
/// `Method (PNIC) { Load (...`, which the interpreter has not learned.
const PANIC: &[u8] = b"\x14\x08PNIC\x00\x5b\x20";
/// `While (One) { Noop }`, run when the table is loaded.
const ENDLESS_TABLE: &[u8] = b"\xa2\x03\x01\xa3";
/// Physical memory where a BIOS keeps its root pointer.
const BIOS_AREA: std::ops::Range<u64> = 0xe_0000..0x10_0000;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    // SeaBIOS hands over an RSDT, OVMF an XSDT.
    for (door, machine, root) in [
        (Door::Pvh, "pc", "RSDT"),
        (Door::Pvh, "q35", "RSDT"),
        (Door::GRUB_UEFI, "q35", "XSDT"),
        (Door::LIMINE_BIOS, "pc", "RSDT"),
        (Door::LIMINE_UEFI, "q35", "XSDT"),
    ] {
        trials.push(test_at(door, format!("acpi::{door}_{machine}_in_words"), move |door| {
            in_words(Recipe::new(door).machine(machine).boot_to_prompt()?, root)
        }));
        trials.push(test_at(door, format!("acpi::{door}_{machine}_aml"), move |door| {
            aml(Recipe::new(door).machine(machine).boot_to_prompt()?)
        }));
    }
    for machine in ["pc", "q35"] {
        trials.push(test(format!("acpi::{machine}_flipped_bits_of_the_dsdt"), move || {
            flips(Recipe::new(Door::Pvh).machine(machine).boot_to_prompt()?)
        }));
    }
    trials.push(test("acpi::q35_pci_interrupts", pci_interrupts));
    trials.push(test("acpi::pc_pci_interrupts", pci_interrupts_by_a_loop));
    trials.push(test("acpi::a_panic_costs_one_question", panic_in_a_method));
    trials.push(test("acpi::a_loop_and_a_recursion_cost_one_question", loops));
    trials.push(test("acpi::a_table_that_never_ends_is_left_out", endless_table));
    trials.push(test_with_iasl(
        "acpi::a_hundred_devices_that_fail_cost_no_other",
        many_failing_devices,
    ));
    for machine in ["pc", "q35"] {
        trials.push(test(format!("acpi::{machine}_sci_is_counted"), move || {
            sci_is_counted(Recipe::new(Door::Pvh).machine(machine).with_qtest())
        }));
    }
    trials.push(test("acpi::pc_general_purpose_event", general_purpose_event));
    trials.push(test("acpi::numa_and_none", numa_and_none));
    trials.push(test("acpi::damage_from_outside_is_named", damage));
    trials.push(test_with_iasl("acpi::tables_with_wrong_sums_are_used", wrong_sums));
    for door in [Door::Pvh, Door::GRUB_BIOS] {
        for machine in ["pc", "q35"] {
            let name = format!("acpi::{door}_{machine}_madt_without_io_apic");
            trials.push(test_at(door, name, move |door| {
                without_io_apic(Recipe::new(door).machine(machine))
            }));
        }
    }
    trials
}

/// Runs `command` and wants every one of `words` in its answer.
pub(crate) fn says(machine: &mut Machine, command: &str, words: &[&str]) -> Outcome {
    let answer = machine.run(command)?;
    for word in words {
        ensure(answer.contains(word), || format!("`{command}` does not say {word:?}:\n{answer}"))?;
    }
    Ok(())
}

fn in_words(mut machine: Machine, root: &str) -> Outcome {
    says(&mut machine, "acpi list", &["FACP", "APIC", "DSDT", "soft off (_S5): sleep types"])?;
    let log = machine.serial()?.text();
    ensure(log.contains(&format!("found through the {root}")), || format!("no {root}:\n{log}"))?;
    let lapic = "local APICs at 0xfee00000";
    says(&mut machine, "acpi madt", &[lapic, "local APIC id 0", "I/O APIC id 0 at 0xfec00000"])?;
    let madt = ["override: ISA IRQ 0 arrives as GSI 2", "NMI on LINT1 of all processors"];
    says(&mut machine, "acpi madt", &madt)?;
    says(&mut machine, "acpi fadt", &["SCI_INT               9", "PM1_EVT_LEN           4"])?;
    says(&mut machine, "acpi fadt", &["bit 0  WBINVD", "PM1a_EVT_BLK"])?;
    says(&mut machine, "acpi hpet", &["memory 0xfed00000", "counter of 64 bits"])?;
    says(&mut machine, "acpi dump apic", &["0x0000  41 50 49 43", "by BOCHS, named BXPC"])?;
    says(&mut machine, "acpi dump SSDT 9", &["tables named SSDT"])?;
    says(&mut machine, "acpi check", &["tables pass", "findings"])?;
    machine.no_triple_fault()
}

fn aml(mut machine: Machine) -> Outcome {
    says(&mut machine, "acpi aml", &["not loaded"])?;
    says(&mut machine, "acpi eval _S5", &["Package (4) { 0, 0, 0, 0 }"])?;
    says(&mut machine, "acpi aml", &["loaded, 0 left out"])?;
    says(&mut machine, "acpi eval \\\\_SB.PCI0._UID", &["0"])?;
    says(&mut machine, "acpi eval _SB.NONE", &["there is no \\_SB.NONE"])?;
    says(&mut machine, "acpi eval toolong", &["not a path"])?;
    says(&mut machine, "acpi tree _SB.PCI0", &["Device (\\_SB.PCI0)", "_HID"])?;
    says(&mut machine, "acpi tree _SB.NONE", &["there is no scope"])?;
    says(&mut machine, "acpi devices", &["\\_SB.PCI0 ", "PNP0303", "PNP0B00"])?;
    says(&mut machine, "frames check", &["the books agree"])?;
    machine.no_triple_fault()
}

fn flips(mut machine: Machine) -> Outcome {
    let answer = machine.serial()?.run_within("acpi fuzz 6 200", seconds(300))?;
    for words in ["200 flips with seed 6: ", "heap and frames as before"] {
        ensure(answer.contains(words), || format!("{words:?} expected:\n{answer}"))?;
    }
    says(&mut machine, "acpi eval _S5", &["Package (4)"])?;
    says(&mut machine, "frames check", &["the books agree"])?;
    machine.no_triple_fault()
}

/// The routing table depends on what the firmware was told.
fn pci_interrupts() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).machine("q35").boot_to_prompt()?;
    says(
        &mut machine,
        "acpi prt pic",
        &["\\_SB.PCI0", "device 02 INTA  \\_SB.LNKG: GSI 11 (level"],
    )?;
    says(&mut machine, "acpi prt apic", &["device 02 INTA  \\_SB.GSIG: GSI 22"])?;
    machine.no_triple_fault()
}

/// `pc` makes its table by a loop that stores into packages, which the crate alone
/// cannot do. By QEMU's rule device and pin add up to the link.
fn pci_interrupts_by_a_loop() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).machine("pc").boot_to_prompt()?;
    for mode in ["pic", "apic"] {
        let routes = [
            "\\_SB.PCI0",
            "device 01 INTA  \\_SB.LNKS: GSI 9 (level",
            "device 02 INTA  \\_SB.LNKB: GSI 10 (level",
            "device 03 INTC  \\_SB.LNKA: GSI 10 (level",
            "device 1f INTD  \\_SB.LNKB: GSI 10 (level",
        ];
        says(&mut machine, &format!("acpi prt {mode}"), &routes)?;
        says(&mut machine, "acpi eval _S5", &["Package (4) { 0, 0, 0, 0 }"])?;
    }
    says(&mut machine, "acpi aml", &["1 tables loaded, 0 left out"])?;
    machine.no_triple_fault()
}

/// An opcode that makes the interpreter panic costs the question alone.
fn panic_in_a_method() -> Outcome {
    let table = TableFile::new("valhalla-panic", PANIC)?;
    let recipe = Recipe::new(Door::Pvh).arg("-acpitable").arg(&table.argument());
    let mut machine = recipe.boot_to_prompt()?;
    let words = ["acpi: \\PNIC: panic: ", "the next question loads AML anew"];
    for _ in 0..2 {
        says(&mut machine, "acpi eval PNIC", &words)?;
        says(&mut machine, "acpi aml", &["loaded by the next question, after \\PNIC: panic"])?;
        says(&mut machine, "acpi eval _S5", &["Package (4) { 0, 0, 0, 0 }"])?;
        says(&mut machine, "acpi aml", &["2 tables loaded, 0 left out"])?;
    }
    says(&mut machine, "frames check", &["the books agree"])?;
    machine.no_triple_fault()
}

/// A file with AML for `-acpitable`, gone with the value.
struct TableFile(PathBuf);

impl TableFile {
    fn new(name: &str, code: &[u8]) -> Outcome<Self> {
        let file = std::env::temp_dir().join(format!("{name}-{}.aml", std::process::id()));
        fs::write(&file, code)?;
        Ok(Self(file))
    }

    fn argument(&self) -> String {
        format!("sig=SSDT,data={}", self.0.display())
    }
}

impl Drop for TableFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn loops() -> Outcome {
    let table = TableFile::new("valhalla-loops", &[SPIN, DEEP].concat())?;
    let recipe = Recipe::new(Door::Pvh).memory("32M");
    let mut machine = recipe.arg("-acpitable").arg(&table.argument()).boot_to_prompt()?;
    for method in ["SPIN", "DEEP"] {
        says(&mut machine, "acpi tree", &[method])?;
        let named = format!("acpi: \\{method}: ");
        says(&mut machine, &format!("acpi eval {method}"), &[&named, "loads AML anew"])?;
        says(&mut machine, "acpi aml", &["loaded by the next question", &named[6..]])?;
        says(&mut machine, "acpi aml reload", &["not loaded"])?;
        // That question alone: the next one is answered, whoever asks.
        let answer = machine.run(&format!("acpi eval {method}"))?;
        // The recursion needs all memory; a slow machine does not come as far.
        let is_why = answer.contains("it took too long")
            || method == "DEEP" && answer.contains("out of memory");
        let is_told = answer.contains(&named) && is_why && !answer.contains("/rustc/");
        ensure(is_told, || answer.clone())?;
        says(&mut machine, "acpi eval _S5", &["Package (4)"])?;
        says(&mut machine, "frames check", &["the books agree"])?;
    }
    // A method that failed is no reason to stay on.
    says(&mut machine, "acpi eval SPIN", &["it took too long"])?;
    machine.serial()?.send(b"shutdown\r")?;
    let event = machine.qmp.wait_event("SHUTDOWN", seconds(20))?;
    ensure(event["reason"] == "guest-shutdown", || format!("shutdown ended with {event}"))?;
    machine.no_triple_fault()
}

fn endless_table() -> Outcome {
    let endless = TableFile::new("valhalla-endless", ENDLESS_TABLE)?;
    let panic = TableFile::new("valhalla-endless-panic", PANIC)?;
    let recipe = Recipe::new(Door::Pvh).arg("-acpitable").arg(&endless.argument());
    let mut machine = recipe.arg("-acpitable").arg(&panic.argument()).boot_to_prompt()?;
    says(&mut machine, "acpi eval _S5", &["is left out: it took too long", "Package (4)"])?;
    says(&mut machine, "acpi aml", &["2 tables loaded, 1 left out"])?;
    // Loaded anew after a panic, without another try of the table.
    says(&mut machine, "acpi eval PNIC", &["the next question loads AML anew"])?;
    let answer = machine.run("acpi eval _S5")?;
    let is_tried_once = answer.contains("Package (4)") && !answer.contains("left out");
    ensure(is_tried_once, || answer.clone())?;
    says(&mut machine, "acpi aml", &["2 tables loaded, 1 left out"])?;
    says(&mut machine, "acpi aml reload", &["not loaded"])?;
    says(&mut machine, "acpi eval _S5", &["is left out: it took too long", "Package (4)"])?;
    machine.no_triple_fault()
}

/// Each `_STA` panics, at every load anew: they are noted, and all others are shown
/// and initialised. So is one whose path is longer than what is kept of it for people.
fn many_failing_devices() -> Outcome {
    const COUNT: usize = 100;
    let device = |number| {
        // Device (Bnnn) { Method (_STA) { Load (...
        let name = format!("B{number:03}");
        [b"\x5b\x82\x0e", name.as_bytes(), b"\x14\x08_STA\x00\x5b\x20"].concat()
    };
    let devices: Vec<u8> = (0..COUNT).flat_map(device).collect();
    // Scope (\_SB) { ... }
    let length = 2 + 5 + devices.len();
    let length = [0x40 | (length & 0xf) as u8, (length >> 4) as u8];
    let table = TableFile::new(
        "valhalla-many",
        &[b"\x10", &length[..], b"\\_SB_", devices.as_slice()].concat(),
    )?;
    let deep = Program::compile("deep")?;
    let recipe = Recipe::new(Door::Pvh).arg("-acpitable").arg(&table.argument());
    let mut machine = deep.add_to(recipe).boot_to_prompt()?;
    let answer = machine.run("acpi devices")?;
    let shown = answer.lines().map(str::trim).collect::<Vec<_>>();
    for number in 0..COUNT {
        let name = format!("\\_SB.B{number:03}");
        let at = shown.iter().position(|line| *line == name);
        let next = at.and_then(|at| shown.get(at + 1)).copied().unwrap_or_default();
        ensure(next.starts_with("_STA failed: panic"), || format!("{name}:\n{answer}"))?;
    }
    ensure(!answer.contains("not initialised"), || answer.clone())?;
    // Its _STA fails, its _HID of the same long path does not.
    let at = answer.split("DEVD.DEVE").find(|part| part.trim_start().starts_with("VALHDEE9"));
    let words = at.map(|part| part.lines().map(str::trim).take(3).collect::<Vec<_>>());
    ensure(
        words.as_deref().is_some_and(|words| {
            words[1] == "_STA failed: there is no NONE" && words[2].starts_with("\\_SB.")
        }),
        || format!("{words:?} in\n{answer}"),
    )?;
    says(&mut machine, "acpi devices", &["\\_SB.LNKA                PNP0C0F _UID 0 present"])?;
    machine.no_triple_fault()
}

fn numa_and_none() -> Outcome {
    let ram = "memory-backend-ram,id=near,size=128M";
    let recipe = Recipe::new(Door::Pvh).memory("128M").arg("-object").arg(ram);
    let recipe = recipe.arg("-numa").arg("node,memdev=near");
    let mut machine = recipe.boot_to_prompt()?;
    says(&mut machine, "acpi srat", &["processor, APIC id 0", "memory from 0x0"])?;
    let mut machine = Recipe::new(Door::Pvh).machine("pc,acpi=off").boot_to_prompt()?;
    for command in ["acpi", "acpi madt", "acpi check"] {
        says(&mut machine, command, &["no ACPI here: the boot loader found no"])?;
    }
    says(&mut machine, "acpi eval _S5", &["there is no DSDT to interpret"])?;
    says(&mut machine, "shutdown", &["could not be switched off"])?;
    says(&mut machine, "echo still here", &["still here"])?;
    machine.no_triple_fault()
}

/// The PM timer's overflow, enabled from outside, is an SCI that no button brought.
fn sci_is_counted(recipe: Recipe) -> Outcome {
    /// PM1 enable of QEMU's chipsets, and its bit for the timer.
    const PM1_ENABLE: u16 = 0x602;
    const TIMER: u16 = 1;
    let mut machine = recipe.boot_to_prompt()?;
    let buttons = "power button 0, sleep button 0, general-purpose events 0";
    says(&mut machine, "irq", &["SCI, 0 interrupts: ", buttons])?;
    machine.qtest()?.command(&format!("outw {PM1_ENABLE:#x} {TIMER:#x}"))?;
    // Bit 23 of the timer changes every 2.3 s, and each time there is one more.
    let deadline = Instant::now() + seconds(20);
    loop {
        let answer = machine.run("irq")?;
        let line = answer.lines().find(|line| line.contains("SCI, ")).unwrap_or_default();
        ensure(line.contains(buttons), || format!("a button or an event is counted:\n{answer}"))?;
        if !line.contains("SCI, 0 interrupts: ") {
            break;
        }
        ensure(Instant::now() < deadline, || format!("the timer brings none:\n{answer}"))?;
    }
    says(&mut machine, "frames check", &["the books agree"])?;
    machine.no_triple_fault()
}

/// A device is plugged in while its event is enabled: it comes once, is disabled, and
/// is shown with the method that nobody runs.
fn general_purpose_event() -> Outcome {
    /// GPE0 enable of QEMU's `pc`, and its bit for PCI hot-plug.
    const GPE0_ENABLE: u16 = 0xafe2;
    const HOTPLUG: u16 = 1 << 1;
    let mut machine = Recipe::new(Door::Pvh).with_qtest().boot_to_prompt()?;
    says(&mut machine, "acpi gpe", &["GPE 00 to 07: status 0x00, enable 0x00"])?;
    machine.qtest()?.command(&format!("outb {GPE0_ENABLE:#x} {HOTPLUG:#x}"))?;
    says(&mut machine, "acpi gpe", &["enable 0x02", "01  not active, enabled"])?;
    let device = serde_json::json!({ "driver": "virtio-rng-pci", "id": "plugged" });
    machine.qmp.execute("device_add", device)?;
    let deadline = Instant::now() + seconds(20);
    loop {
        let answer = machine.run("irq")?;
        if answer.contains("general-purpose events 1\n") || answer.ends_with("events 1") {
            break;
        }
        ensure(Instant::now() < deadline, || format!("no event:\n{answer}"))?;
    }
    says(
        &mut machine,
        "acpi gpe",
        &["01  not active, came, and is disabled since\n", "AML is not loaded"],
    )?;
    machine.run("acpi tree _GPE")?;
    says(
        &mut machine,
        "acpi gpe",
        &["01  not active, came, and is disabled since; \\_GPE._E01, which is not run"],
    )?;
    machine.no_triple_fault()
}

/// Tables are changed behind the kernel's back, and looked at again.
fn damage() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).with_qtest().boot_to_prompt()?;
    says(&mut machine, "acpi check", &["0 findings"])?;
    let list = machine.run("acpi list")?;
    let address = |name: &str| -> Outcome<u64> {
        let line = list.lines().find(|line| line.trim_start().starts_with(name));
        let text = line.and_then(|line| line.rsplit("0x").next()).unwrap_or_default();
        u64::from_str_radix(text.trim(), 16)
            .map_err(|error| Failure::new(format!("no address of {name}: {error}\n{list}")))
    };
    let (madt, hpet, fadt) = (address("APIC")?, address("HPET")?, address("FACP")?);
    // Another byte in the MADT, a wild length of the HPET, none of the FADT.
    machine.qtest()?.command(&format!("writeb {:#x} 0x5a", madt + 17))?;
    machine.qtest()?.command(&format!("writel {:#x} 0xffff0", hpet + 4))?;
    says(&mut machine, "acpi check", &["APIC at ", "bad checksum", "HPET at ", "length wild"])?;
    machine.qtest()?.command(&format!("writel {:#x} 7", fadt + 4))?;
    says(&mut machine, "acpi check", &["FACP at ", "too short: length 7", "passed at boot"])?;
    // The prompt's own view is that of the boot.
    says(&mut machine, "acpi madt", &["local APIC id 0"])?;
    wipe_root_pointer(&mut machine)?;
    says(&mut machine, "acpi check", &["the root pointer (RSDP) is not valid"])?;
    says(&mut machine, "acpi eval _S5", &["Package (4)"])?;
    machine.no_triple_fault()
}

/// A byte of what the maker calls each table is changed before the kernel reads it.
fn wrong_sums() -> Outcome {
    let program = Program::compile("mutexes")?;
    let recipe = program.add_to(Recipe::new(Door::Pvh).before_entry(spoil_sums));
    let mut machine = recipe.boot_to_prompt()?;
    let log = machine.serial()?.text();
    for name in ["RSDT", "SSDT", "APIC", "FACP", "DSDT"] {
        let line = log.lines().find(|line| line.contains(&format!("acpi: {name} at 0x")));
        let words = "bad checksum: the bytes sum to 1, not 0; used all the same";
        ensure(line.is_some_and(|line| line.ends_with(words)), || format!("no {name}:\n{log}"))?;
    }
    let list = machine.run("acpi list")?;
    for name in ["SSDT", "APIC", "FACP", "DSDT"] {
        let line = list.lines().find(|line| line.trim_start().starts_with(name));
        let is_marked = line.is_some_and(|line| line.ends_with("(bad checksum)"));
        ensure(is_marked, || format!("{name} is not marked:\n{list}"))?;
    }
    ensure(!list.contains("not used"), || list.clone())?;
    says(&mut machine, "acpi check", &["SSDT at 0x", "used all the same", " 5 findings"])?;
    says(&mut machine, "irq mode", &["the I/O APICs bring the lines"])?;
    says(&mut machine, "acpi aml reload", &["not loaded"])?;
    says(&mut machine, "acpi eval LKAB", &["2"])?;
    says(&mut machine, "acpi aml", &["2 tables loaded, 0 left out"])?;
    machine.no_triple_fault()
}

fn spoil_sums(machine: &mut Machine) -> Outcome {
    /// The last letter of the maker's name of a table.
    const LETTER: u64 = 23;
    let root = root_pointers(machine)?[0];
    let rsdt = number(&machine.qtest()?.read(root + 16, 4)?);
    let (fadt, bytes) = find_table(machine, b"FACP")?;
    let dsdt = number(&bytes[40..44]);
    let (madt, _) = find_table(machine, b"APIC")?;
    let (ssdt, _) = find_table(machine, b"SSDT")?;
    for table in [rsdt, fadt, dsdt, madt, ssdt] {
        let letter = number(&machine.qtest()?.read(table + LETTER, 1)?);
        machine.qtest()?.command(&format!("writeb {:#x} {}", table + LETTER, letter + 1))?;
    }
    Ok(())
}

/// The MADT is rewritten before the kernel reads it: no I/O APIC, and a good sum.
/// The kernel says so, and the 8259s bring everything.
fn without_io_apic(recipe: Recipe) -> Outcome {
    let mut machine = recipe.before_entry(forget_io_apics).boot_to_prompt()?;
    let log = machine.serial()?.text();
    for words in [
        "the MADT lists 1 processor, 0 I/O APICs, and a pair of 8259s",
        "the MADT lists no I/O APIC that can be used: the 8259s bring the lines",
    ] {
        ensure(log.contains(words), || format!("{words:?} expected:\n{log}"))?;
    }
    says(&mut machine, "irq mode", &["mode PIC: the 8259s bring the lines"])?;
    says(&mut machine, "irq mode apic", &["no I/O APIC that can be used"])?;
    says(&mut machine, "ioapic", &["this machine has none, by its MADT"])?;
    says(&mut machine, "acpi check", &["APIC: there is no I/O APIC", " 1 finding"])?;
    says(&mut machine, "ping", &["pong", "(PIC)"])?;
    machine.type_command("echo by the keyboard")?;
    let tests = machine.serial()?.run_within("selftest", seconds(120))?;
    ensure(tests.contains(" passed, 0 failed"), || tests.clone())?;
    machine.no_triple_fault()
}

/// Makes every I/O APIC in the MADT an entry of a type that nobody knows.
fn forget_io_apics(machine: &mut Machine) -> Outcome {
    /// Bytes of the table before its entries.
    const HEADER: usize = 44;
    const IO_APIC: u8 = 1;
    const UNKNOWN: u8 = 0x7f;
    let (at, mut madt) = find_table(machine, b"APIC")?;
    let (mut place, mut found) = (HEADER, 0);
    while let Some(&[kind, length]) = madt.get(place..place + 2) {
        ensure(length >= 2, || format!("an entry of {length} bytes in the MADT"))?;
        if kind == IO_APIC {
            madt[place] = UNKNOWN;
            found += 1;
        }
        place += usize::from(length);
    }
    ensure(found > 0, || "the firmware's MADT has no I/O APIC".into())?;
    reseal(&mut madt);
    machine.qtest()?.write(at, &madt)
}

/// Makes the sum of a table right again.
pub(crate) fn reseal(table: &mut [u8]) {
    const CHECKSUM: usize = 9;
    let sum = table.iter().copied().fold(0_u8, u8::wrapping_add);
    table[CHECKSUM] = table[CHECKSUM].wrapping_sub(sum);
}

/// A table by its name, by the way of the RSDP and the RSDT: where it is, and its
/// bytes.
pub(crate) fn find_table(machine: &mut Machine, name: &[u8; 4]) -> Outcome<(u64, Vec<u8>)> {
    /// Bytes of a table before what is its own.
    const HEADER: usize = 36;
    let root = root_pointers(machine)?[0];
    let address = machine.qtest()?.read(root + 16, 4)?;
    let rsdt = table_at(machine, number(&address))?;
    for entry in rsdt[HEADER..].chunks_exact(4) {
        let table = table_at(machine, number(entry))?;
        if table.starts_with(name) {
            return Ok((number(entry), table));
        }
    }
    Err(Failure::new(format!("the RSDT has no {name:?}")))
}

fn table_at(machine: &mut Machine, address: u64) -> Outcome<Vec<u8>> {
    let length = number(&machine.qtest()?.read(address + 4, 4)?);
    ensure((36..0x10_0000).contains(&length), || format!("{length} bytes at {address:#x}"))?;
    machine.qtest()?.read(address, length)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Overwrites the first letter of the RSDP, wherever it is in the BIOS area.
fn wipe_root_pointer(machine: &mut Machine) -> Outcome {
    for address in root_pointers(machine)? {
        machine.qtest()?.command(&format!("writeb {address:#x} 0"))?;
    }
    Ok(())
}

/// Where RSDPs are in the BIOS area; at least one.
fn root_pointers(machine: &mut Machine) -> Outcome<Vec<u64>> {
    let area = machine.qtest()?.read(BIOS_AREA.start, BIOS_AREA.end - BIOS_AREA.start)?;
    let found: Vec<u64> = (BIOS_AREA.start..)
        .step_by(16)
        .zip(area.chunks(16))
        .filter_map(|(address, bytes)| bytes.starts_with(b"RSD PTR ").then_some(address))
        .collect();
    ensure(!found.is_empty(), || "no RSDP in the BIOS area".into())?;
    Ok(found)
}
