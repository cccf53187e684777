//! PCI as the kernel sees it, compared with what QEMU says from outside; the
//! edu device's interrupts; MSRs and ports at the prompt.

use std::collections::BTreeMap;
use std::fs;

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::menu::Entry;
use harness::{Failure, Outcome, ensure};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// Devices behind a conventional bridge, and a 64-bit range.
const PC: [&str; 4] =
    ["pci-bridge,id=b1,chassis_nr=1", "e1000,bus=b1,addr=3", "edu,bus=b1,addr=4", "virtio-rng-pci"];
/// A root port with a device, another root bus with one, many functions.
const Q35: [&str; 7] = [
    "pcie-root-port,id=r1,chassis=2",
    "virtio-rng-pci,bus=r1",
    "pxb-pcie,id=p,bus_nr=128",
    "ioh3420,id=r2,bus=p,chassis=3",
    "nec-usb-xhci,bus=r2",
    "ich9-usb-uhci1,bus=pcie.0,addr=1d.0,multifunction=on",
    "ich9-usb-ehci1,bus=pcie.0,addr=1d.7",
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    let doors = [Door::Pvh, Door::GRUB_BIOS, Door::GRUB_UEFI, Door::LIMINE_BIOS, Door::LIMINE_UEFI];
    for door in doors {
        for (machine, devices, way) in [
            ("pc", &PC[..], "Configuration by ports"),
            ("q35", &Q35[..], "Configuration by memory (ECAM): segment 0"),
        ] {
            trials.push(test_at(
                door,
                format!("pci::{door}_{machine}_as_qemu_says"),
                move |door| {
                    let recipe = with_devices(Recipe::new(door).machine(machine), devices);
                    as_qemu_says(recipe, "lspci -v", way)
                },
            ));
        }
    }
    for machine in ["pc", "q35"] {
        trials.push(test(format!("pci::pvh_{machine}_acpi_off_as_qemu_says"), move || {
            // On q35 SeaBIOS makes tables of its own where QEMU has none.
            let (devices, way) = match machine {
                "pc" => (&PC[..], "Configuration by ports"),
                _ => (&Q35[..], "Configuration by memory (ECAM)"),
            };
            let recipe = Recipe::new(Door::Pvh).machine(&format!("{machine},acpi=off"));
            // Nobody tells of pxb's root bus there: each bus is asked.
            as_qemu_says(with_devices(recipe, devices), "lspci -a -v", way)
        }));
        trials.push(test(format!("pci::pvh_{machine}_edu_interrupts"), move || {
            let recipe = Recipe::new(Door::Pvh).machine(machine);
            edu_interrupts(with_devices(recipe, &["edu"]))
        }));
    }
    trials.push(test("pci::pvh_q35_edu_pin_by_gsi", edu_pin_by_gsi));
    for machine in ["pc", "q35"] {
        trials.push(test(format!("pci::pvh_{machine}_lspci_names_the_gsi"), move || {
            names_the_gsi(Recipe::new(Door::Pvh).machine(machine))
        }));
    }
    trials.push(test("pci::pvh_q35_bridges_and_roots_are_followed", bridges_and_roots));
    trials.push(test("pci::pvh_many_devices", many_devices));
    trials.push(test("pci::pvh_deep_and_looped_bridges", deep_and_looped));
    trials.push(test("pci::pvh_wrong_mcfg_is_not_believed", wrong_mcfg));
    trials.push(test("pci::pvh_without_edu", || {
        let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
        says(&mut machine, "edu", &["there is no edu device here"])
    }));
    trials.push(test("pci::pvh_places_dumps_and_trees", places_dumps_and_trees));
    trials.push(test_at(Door::GRUB_BIOS, "pci::grub_bios_framebuffer_is_undisturbed", |door| {
        screen_is_undisturbed(Recipe::new(door).entry(Entry::Framebuffer), "00:02.0")
    }));
    trials.push(test_at(Door::GRUB_UEFI, "pci::grub_uefi_framebuffer_is_undisturbed", |door| {
        screen_is_undisturbed(Recipe::new(door).machine("q35"), "00:01.0")
    }));
    trials.push(test("pci::pvh_msr_survives", msr_survives));
    trials.push(test("pci::pvh_port_survives", port_survives));
    trials
}

fn with_devices(recipe: Recipe, devices: &[&str]) -> Recipe {
    devices.iter().fold(recipe, |recipe, device| recipe.arg("-device").arg(device))
}

/// Runs `command` and wants every one of `words` in its answer.
fn says(machine: &mut Machine, command: &str, words: &[&str]) -> Outcome {
    let answer = machine.run(command)?;
    for word in words {
        ensure(answer.contains(word), || format!("`{command}` does not say {word:?}:\n{answer}"))?;
    }
    Ok(())
}

/// What is known of a function: its numbers, and each range's start (none when
/// it has no address) and size.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    ids: String,
    ranges: BTreeMap<u8, (Option<u64>, u64)>,
}

/// Every function by its place, `00:1f.2`.
type Bus = BTreeMap<String, Known>;

/// Both see the same functions, with the same ranges; the machine goes on.
fn as_qemu_says(recipe: Recipe, list: &str, way: &str) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    let answer = machine.run(list)?;
    ensure(answer.starts_with(way), || format!("{way:?} expected:\n{answer}"))?;
    let theirs = machine.qmp.human("info pci")?;
    compare(&answer, &theirs)?;
    // Sizing put everything back: asked again, all is the same.
    let again = machine.run(list)?;
    ensure(again == answer, || format!("first:\n{answer}\nthen:\n{again}"))?;
    ensure(machine.qmp.human("info pci")? == theirs, || "sizing changed something".to_owned())?;
    machine.no_triple_fault()
}

fn compare(ours: &str, theirs: &str) -> Outcome {
    let (us, them) = (read_ours(ours)?, read_theirs(theirs)?);
    ensure(them.len() > 3, || format!("QEMU lists too little:\n{theirs}"))?;
    for place in us.keys().chain(them.keys()) {
        let (ours, theirs) = (us.get(place), them.get(place));
        ensure(ours == theirs, || format!("{place}: we {ours:x?}, QEMU {theirs:x?}"))?;
    }
    Ok(())
}

/// Reads `lspci -v`.
fn read_ours(text: &str) -> Outcome<Bus> {
    let mut bus = Bus::new();
    let mut last = None;
    for line in text.lines() {
        let place = line.split(' ').next().unwrap_or_default();
        if place.len() == 7 && !line.starts_with(' ') {
            let ids = line.rsplit_once('[').and_then(|(_, rest)| rest.split(']').next());
            let ids = ids.ok_or_else(|| Failure::new(format!("no numbers: {line}")))?.to_owned();
            bus.insert(place.to_owned(), Known { ids, ranges: BTreeMap::new() });
            last = Some(place.to_owned());
        } else if let Some((number, base, size)) = our_range(line) {
            let known = last.as_ref().and_then(|place| bus.get_mut(place));
            let known = known.ok_or_else(|| Failure::new(format!("whose is {line}")))?;
            known.ranges.insert(number, (base, size));
        }
    }
    Ok(bus)
}

/// `    Region 0: Memory at fd000000 (...) [size=16 MiB]`.
fn our_range(line: &str) -> Option<(u8, Option<u64>, u64)> {
    let line = line.trim_start();
    let number = match line.strip_prefix("Region ") {
        Some(rest) => rest.split(':').next()?.parse().ok()?,
        None => line.starts_with("Expansion ROM").then_some(6)?,
    };
    let base = line.split(" at ").nth(1)?.split(' ').next()?;
    // QEMU says where a range answers, not what its register holds.
    let base = u64::from_str_radix(base, 16).ok().filter(|_| !line.ends_with("[disabled]"));
    let size = line.split("[size=").nth(1)?.split(']').next()?;
    let mut words = size.split(' ');
    let count: u64 = words.next()?.parse().ok()?;
    let unit = match words.next() {
        None | Some("B") => 1,
        Some("KiB") => 1 << 10,
        Some("MiB") => 1 << 20,
        Some("GiB") => 1 << 30,
        Some(_) => return None,
    };
    Some((number, base, count * unit))
}

/// Reads QEMU's `info pci`.
fn read_theirs(text: &str) -> Outcome<Bus> {
    let mut bus = Bus::new();
    let mut last = String::new();
    let odd = |line: &str| Failure::new(format!("info pci: {line:?}"));
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("Bus ") {
            let numbers = rest.trim_end_matches(':').split(',');
            let numbers: Vec<u8> =
                numbers.filter_map(|part| part.split_whitespace().last()?.parse().ok()).collect();
            let [on, device, function] = numbers[..] else { return Err(odd(line)) };
            last = format!("{on:02x}:{device:02x}.{function}");
        } else if let Some((_, ids)) = line.split_once("PCI device ") {
            let known = Known { ids: ids.to_owned(), ranges: BTreeMap::new() };
            bus.insert(last.clone(), known);
        } else if let Some(rest) = line.strip_prefix("BAR") {
            let (number, rest) = rest.split_once(':').ok_or_else(|| odd(line))?;
            let (_, rest) = rest.split_once(" at 0x").ok_or_else(|| odd(line))?;
            let (base, end) = rest.split_once(" [0x").ok_or_else(|| odd(line))?;
            let hex = |text: &str| u64::from_str_radix(text, 16).map_err(|_| odd(line));
            let (base, end) = (hex(base)?, hex(end.trim_end_matches("]."))?);
            let known = bus.get_mut(&last).ok_or_else(|| odd(line))?;
            let number = number.parse().map_err(|_| odd(line))?;
            // Where nothing is mapped QEMU says all ones.
            let size = end.wrapping_sub(base).wrapping_add(1);
            let range = if base == u64::MAX { (None, size) } else { (Some(base), size) };
            known.ranges.insert(number, range);
        }
    }
    Ok(bus)
}

/// Bridges behind bridges, full of devices.
fn many_devices() -> Outcome {
    let mut recipe = Recipe::new(Door::Pvh);
    let mut parent = "pci.0".to_owned();
    for depth in 1..=4 {
        let bridge = format!("pci-bridge,id=b{depth},bus={parent},addr=10,chassis_nr={depth}");
        recipe = recipe.arg("-device").arg(&bridge);
        parent = format!("b{depth}");
        for place in 1..=6 {
            let device = format!("pci-testdev,bus={parent},addr={place:x}");
            recipe = recipe.arg("-device").arg(&device);
        }
    }
    let mut machine = recipe.boot_to_prompt()?;
    let answer = machine.run("lspci -v")?;
    compare(&answer, &machine.qmp.human("info pci")?)?;
    let tree = machine.run("lspci -t")?;
    let deepest = "          04:06.0 Red Hat QEMU PCI test device [1b36:0005]";
    let found = tree.lines().any(|line| format!("  {line}") == deepest);
    ensure(found, || format!("{deepest:?} expected:\n{tree}"))
}

/// A chain of bridges is shown to its end. Then the one on bus 3 is made to lead back
/// to bus 2, so that these two lead to each other: each is shown once.
fn deep_and_looped() -> Outcome {
    const DEPTH: u32 = 12;
    let mut recipe = Recipe::new(Door::Pvh);
    let mut parent = "pci.0".to_owned();
    for depth in 1..=DEPTH {
        let bridge = format!("pci-bridge,id=b{depth},bus={parent},addr=10,chassis_nr={depth}");
        recipe = recipe.arg("-device").arg(&bridge);
        parent = format!("b{depth}");
    }
    let edu = format!("edu,bus={parent},addr=3");
    let mut machine = recipe.arg("-device").arg(&edu).with_qtest().boot_to_prompt()?;
    let tree = machine.run("lspci -t")?;
    let edu = format!("{:1$}0c:03.0 QEMU/Bochs edu", "", 2 * DEPTH as usize);
    ensure(tree.lines().any(|line| line.starts_with(&edu)), || {
        format!("{edu:?} expected:\n{tree}")
    })?;
    // Primary, secondary and subordinate bus of 03:10.0.
    machine.qtest()?.command("outl 0xcf8 0x80038018")?;
    machine.qtest()?.command("outl 0xcfc 0x00ff0203")?;
    for command in ["lspci", "lspci -t"] {
        let answer = machine.run(command)?;
        for bridge in ["00:10.0", "01:10.0", "02:10.0", "03:10.0"] {
            let shown = answer.lines().filter(|line| line.trim_start().starts_with(bridge));
            ensure(shown.count() == 1, || format!("{bridge} once in {command}:\n{answer}"))?;
        }
    }
    machine.no_triple_fault()
}

/// An MCFG that names memory where nothing is.
fn wrong_mcfg() -> Outcome {
    let file = std::env::temp_dir().join(format!("valhalla-mcfg-{}", std::process::id()));
    let mut table = vec![0_u8; 8];
    table.extend(0xe000_0000_u64.to_le_bytes());
    table.extend([0, 0, 0, 255, 0, 0, 0, 0]);
    fs::write(&file, table)?;
    let table = format!("sig=MCFG,rev=1,data={}", file.display());
    let booted = Recipe::new(Door::Pvh).arg("-acpitable").arg(&table).boot_to_prompt();
    fs::remove_file(&file)?;
    let mut machine = booted?;
    says(&mut machine, "lspci", &["00:00.0 Host bridge: Intel 440FX", "[1234:1111]"])?;
    says(&mut machine, "dmesg", &["the MCFG is wrong"])?;
    says(&mut machine, "lspci -v", &["Configuration by ports 0xcf8 and 0xcfc"])?;
    machine.no_triple_fault()
}

/// A bridge behind a bridge behind a root port of another root bus: each device is
/// shown where it is followed to, and `-a`, which asks every bus, finds no more. A
/// root bus that no table tells is shown by that alone.
fn bridges_and_roots() -> Outcome {
    const NESTED: [&str; 7] = [
        "pxb-pcie,id=p,bus_nr=0xc0",
        "pcie-root-port,id=r1,bus=p,chassis=1,addr=7",
        "pcie-pci-bridge,id=b1,bus=r1",
        "pci-bridge,id=b2,bus=b1,chassis_nr=2,addr=1f",
        "edu,bus=b2,addr=3",
        "pcie-root-port,id=r2,chassis=3",
        "virtio-rng-pci,bus=r2",
    ];
    let lines = |answer: &str| {
        let mut lines: Vec<String> = answer.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let recipe = with_devices(Recipe::new(Door::Pvh).machine("q35"), &NESTED);
    let mut machine = recipe.boot_to_prompt()?;
    let followed = machine.run("lspci")?;
    ensure(followed.lines().any(|line| line.starts_with("c0:07.0 PCI bridge")), || {
        format!("no root port on the second root bus:\n{followed}")
    })?;
    let edu = |line: &str| line.starts_with("c") && line.contains("[1234:11e8]");
    ensure(followed.lines().any(edu), || format!("no edu three bridges deep:\n{followed}"))?;
    let every = machine.run("lspci -a")?;
    ensure(lines(&every) == lines(&followed), || format!("{followed}\nby -a:\n{every}"))?;
    let silent = Recipe::new(Door::Pvh).machine("q35,acpi=off");
    let mut machine = with_devices(silent, &NESTED[..2]).boot_to_prompt()?;
    let followed = machine.run("lspci")?;
    let every = machine.run("lspci -a")?;
    let is_beyond = |answer: &str| answer.lines().any(|line| line.starts_with("c0:07.0"));
    ensure(is_beyond(&every) && !is_beyond(&followed), || format!("{followed}\nby -a:\n{every}"))?;
    // Who names it has it shown.
    let named = machine.run("lspci c0:07.0")?;
    ensure(is_beyond(&named), || format!("lspci c0:07.0:\n{named}"))?;
    machine.no_triple_fault()
}

/// Where the pin arrives is shown once AML is loaded, never before, and agrees with
/// the firmware's table and with what arrives.
fn names_the_gsi(recipe: Recipe) -> Outcome {
    let recipe = with_devices(recipe, &["edu,addr=6"]).cmdline("irq=apic");
    let mut machine = recipe.boot_to_prompt()?;
    says(&mut machine, "lspci -v 00:06.0", &["pin A", "; GSI unknown (AML not loaded)"])?;
    says(&mut machine, "lspci -v", &["; GSI unknown (AML not loaded)"])?;
    says(&mut machine, "acpi aml", &["AML is not loaded"])?;
    machine.run("acpi prt apic")?;
    let raised = machine.run("edu 9 gsi")?;
    let gsi = raised.lines().find_map(|line| line.split(", GSI ").nth(1));
    let gsi = gsi.ok_or_else(|| Failure::new(raised.clone()))?.trim().to_owned();
    says(&mut machine, "lspci -v 00:06.0", &[&format!("; GSI {gsi} by _PRT\n")])?;
    machine.run("irq mode pic")?;
    let details = machine.run("lspci -v 00:06.0")?;
    ensure(details.contains("(8259)\n") && !details.contains("GSI"), || details)?;
    machine.no_triple_fault()
}

/// By message and by pin: raised, handled, counted and ended agree exactly.
/// The pin by the I/O APIC's line that `_PRT` names: as many interrupts as
/// QEMU raised on that line; by the 8259s' line after a change of mode.
fn edu_pin_by_gsi() -> Outcome {
    const COUNT: u64 = 25;
    let recipe = with_devices(Recipe::new(Door::Pvh).machine("q35"), &["edu"]);
    let mut machine = recipe.cmdline("irq=apic").boot_to_prompt()?;
    let counted = format!(": {COUNT} raised, {COUNT} handled, {COUNT} counted, {COUNT} ended");
    let line_after = |answer: &str, word: &str| -> Outcome<u32> {
        let line = answer.lines().rfind(|line| line.contains(&counted));
        let number = line.and_then(|line| line.split(word).nth(1)).map(str::trim);
        number
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| Failure::new(format!("{counted:?} and {word:?} expected:\n{answer}")))
    };
    let gsi = line_after(&machine.run(&format!("edu {COUNT} gsi"))?, ", GSI ")?;
    ensure((16..24).contains(&gsi), || format!("GSI {gsi} is no PCI line of q35"))?;
    // As the firmware's table has it, read on its own.
    let place = machine.run("lspci")?;
    let place = place.lines().find(|line| line.contains("[1234:11e8]"));
    let device = place.and_then(|line| line.get(3..5)).unwrap_or_default().to_owned();
    let table = machine.run("acpi prt apic")?;
    let pin = format!("device {device} INTA");
    let row = table.lines().find(|line| line.contains(&pin)).unwrap_or_default();
    ensure(row.contains(&format!("GSI {gsi}")), || format!("{pin}: {row:?} in\n{table}"))?;
    let raised = machine.qmp.human("info irq")?;
    let ioapic = raised.split("IRQ statistics for ").find(|part| part.starts_with("ioapic"));
    let theirs = ioapic.and_then(|part| {
        let number = format!("{gsi}:");
        part.lines().find_map(|line| line.trim().strip_prefix(&number))?.trim().parse::<u64>().ok()
    });
    ensure(theirs == Some(COUNT), || format!("GSI {gsi}: {theirs:?} raised in\n{raised}"))?;
    machine.run("irq mode pic")?;
    says(&mut machine, &format!("edu {COUNT} gsi"), &["the edu device's interrupt: "])?;
    let irq = line_after(&machine.run(&format!("edu {COUNT}"))?, ", IRQ ")?;
    ensure(irq < 16, || format!("IRQ {irq}"))?;
    machine.no_triple_fault()
}

fn edu_interrupts(recipe: Recipe) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    let each = |count: u32| {
        let exactly = format!("{count} raised, {count} handled, {count} counted, {count} ended");
        [
            format!("MSI: {exactly}; vector 0x90, message 0x0090 to 0xfee00000"),
            format!("pin: {exactly}"),
        ]
    };
    for (command, count) in [("edu", 10), ("edu 37", 37)] {
        let [message, pin] = each(count);
        let words = [
            "version 1.0",
            "0x12345678 comes back as 0xedcba987",
            "factorial: 10! = 3628800",
            &message,
            &pin,
        ];
        says(&mut machine, command, &words)?;
    }
    says(&mut machine, "edu 0", &["1 to 10000 interrupts"])?;
    // Quiet again: nothing is enabled, and the machine has its pin back.
    let place = machine.run("lspci")?;
    let place = place.lines().find(|line| line.contains("[1234:11e8]"));
    let place = place.and_then(|line| line.split(' ').next());
    let place = place.ok_or_else(|| Failure::new("lspci does not show the edu device"))?;
    let details = machine.run(&format!("lspci -v {place}"))?;
    ensure(details.contains("MSI: Enable-") && !details.contains("DisINTx+"), || details)?;
    machine.no_triple_fault()
}

fn places_dumps_and_trees() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let one = machine.run("lspci 00:01.1")?;
    ensure(one == "00:01.1 IDE interface: Intel 82371SB PIIX3 IDE [8086:7010]", || one)?;
    let device = machine.run("lspci 00:01")?;
    ensure(device.lines().count() == 3, || device)?;
    let dump = machine.run("lspci -x 00:00.0")?;
    ensure(dump.contains("\n00: 86 80 37 12 ") && dump.contains("\n30: "), || dump)?;
    let dump = machine.run("lspci -xxx 00:00.0")?;
    ensure(dump.contains("\nf0: "), || dump)?;
    says(&mut machine, "lspci 00:1e.0", &["there is nothing at 00:1e.0"])?;
    says(&mut machine, "lspci 99:99", &["not a PCI address"])?;
    says(&mut machine, "lspci -q", &["usage: lspci"])?;
    says(&mut machine, "lspci -t", &["00:02.0 QEMU/Bochs Standard VGA"])
}

/// The adapter is sized while it shows the screen: text from before and after
/// can be read back from its pixels.
fn screen_is_undisturbed(recipe: Recipe, adapter: &str) -> Outcome {
    let mut machine = recipe.boot_to_prompt()?;
    machine.type_command("echo seen before")?;
    let screen = machine.type_command(&format!("lspci -v {adapter}"))?;
    ensure(screen.size != (720, 400), || "a framebuffer was expected".to_owned())?;
    for words in ["seen before", "VGA compatible controller", "Region 0: Memory at "] {
        let found = screen.rows.iter().any(|row| row.contains(words));
        ensure(found, || format!("{words:?} is not on:\n{}", screen.rows.join("\n")))?;
    }
    machine.no_triple_fault()
}

/// #GP is planted: QEMU refuses these values as a processor does.
fn msr_survives() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    says(
        &mut machine,
        "msr read EFER",
        &["IA32_EFER (0xc0000080) = 0x", "LMA          1  long mode is on"],
    )?;
    says(&mut machine, "msr read 0x1b", &["BASE         0xfee00000  where its registers are"])?;
    says(&mut machine, "msr list", &["IA32_PAT                 0x0007010500070406", "PA5=WC"])?;
    for command in ["msr write PKRS 0x100000000 --yes", "msr write 0xc0010117 1 --yes"] {
        says(&mut machine, command, &["general protection (#GP, vector 13)", "refuses 0x1"])?;
    }
    says(
        &mut machine,
        "msr write LSTAR 0x1234 --yes",
        &["IA32_LSTAR (0xc0000082) = 0x0000000000001234"],
    )?;
    says(&mut machine, "msr write LSTAR 0", &["not written: add --yes"])?;
    says(&mut machine, "msr read LSTAR", &["0x0000000000001234"])?;
    says(&mut machine, "msr write EFER 0 --yes", &["not written: the kernel does not survive"])?;
    says(&mut machine, "msr read nonsense", &["no such name"])?;
    says(&mut machine, "msr read 0x100000000", &["numbers have 32 bits"])?;
    machine.no_triple_fault()
}

fn port_survives() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    says(&mut machine, "port in 0x64", &["8042 status", "OBF          0  a byte waits"])?;
    says(&mut machine, "port inl 0x1234", &["0x1234 = 0xffffffff"])?;
    // The scratch register of COM1 keeps what is written to it.
    says(&mut machine, "port out 0x3ff 0x5a", &["not written: add --yes"])?;
    machine.run("port out 0x3ff 0x5a --yes")?;
    says(&mut machine, "port in 0x3ff", &["0x03ff = 0x5a  COM1"])?;
    says(&mut machine, "port outb 0x80 0x100 --yes", &["does not fit into 8 bits"])?;
    says(&mut machine, "port in 0x10000", &["the last such port is 0xffff"])?;
    says(&mut machine, "port inl 0xfffd", &["the last such port is 0xfffc"])
}
