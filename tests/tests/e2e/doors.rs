//! Every door leads to the same prompt, and the kernel knows which door it was.

use harness::door::{Door, Firmware, Loader};
use harness::machine::Recipe;
use harness::{Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test_at;

pub(crate) fn trials() -> Vec<Trial> {
    let boots = Door::all()
        .into_iter()
        .map(|door| test_at(door, format!("doors::{door}_boots_to_the_prompt"), boots));
    let shared = test_at(
        Door::GRUB_UEFI,
        "doors::grub_uefi_at_the_kernels_entry_is_as_from_power_on",
        as_from_power_on,
    );
    boots.chain([shared]).collect()
}

/// What other trials share, a machine saved at the kernel's entry, loses no line that
/// the kernel says, and nothing that firmware and loader told it.
fn as_from_power_on(door: Door) -> Outcome {
    let mut whole = Recipe::new(door).from_power_on().boot_to_prompt()?;
    let mut shared = Recipe::new(door).boot_to_prompt()?;
    let text = shared.serial()?.text();
    let first = text.lines().next().unwrap_or_default();
    ensure(first.contains("boot: Valhalla OS "), || format!("it begins with:\n{text}"))?;
    for command in ["version", "acpi", "lspci"] {
        let (expected, answer) = (whole.run(command)?, shared.run(command)?);
        ensure(answer == expected, || format!("`{command}`:\n{answer}\ninstead of:\n{expected}"))?;
    }
    shared.no_triple_fault()
}

fn boots(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).from_power_on().boot_to_prompt()?;

    let version = machine.run("version")?;
    let (loader, firmware) = match door {
        Door::Pvh => ("Valhalla shim", None),
        Door::Iso(Loader::Grub, firmware, _) => ("Valhalla shim", Some(firmware)),
        Door::Iso(Loader::Limine, firmware, _) => ("Limine", Some(firmware)),
    };
    let line = |start: &str| {
        let line = version.lines().map(str::trim).find(|line| line.starts_with(start));
        line.unwrap_or_default().to_owned()
    };
    ensure(line("loader").contains(loader), || format!("loader {loader} expected:\n{version}"))?;
    let firmware = match firmware {
        Some(Firmware::Bios) => "BIOS",
        Some(Firmware::Uefi) => "UEFI",
        None => "", // PVH has no say in what ran before
    };
    ensure(line("firmware").contains(firmware), || format!("{firmware} expected:\n{version}"))?;

    // The screen has a shell of its own, on VGA text or on a framebuffer.
    machine.type_command("version")?;
    let (width, height) = machine
        .wait_screen("the answer on the screen", seconds(10), |screen| {
            screen.contains("Valhalla OS ") && screen.last() == "valhalla>"
        })?
        .size;
    let text_mode = (width, height) == (720, 400);
    let uefi = matches!(door, Door::Iso(_, Firmware::Uefi, _));
    ensure(text_mode != uefi, || format!("a {width}x{height} screen through {door}"))?;

    machine.no_triple_fault()
}
