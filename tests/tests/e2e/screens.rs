//! The screen in its sizes and depths, and that it shows what serial says when
//! it is asked the same.

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::menu::Entry;
use harness::screen::Screen;
use harness::serial::PROMPT;
use harness::{Failure, Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::test_at;

/// A screen of this many pixels, from an adapter that offers no more.
const LARGE: &str = "VGA,xres=2560,yres=1600,vgamem_mb=64";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (mode, bits) in [("800x600x16", 16), ("800x600x24", 24), ("800x600x32", 32)] {
        trials.push(test_at(
            Door::LIMINE_BIOS,
            format!("screens::limine_bios_{mode}"),
            move |door| {
                let recipe = Recipe::new(door).entry(Entry::FramebufferOf(mode)).with_qtest();
                let mut machine = recipe.boot_to_prompt()?;
                let depth = bits_per_pixel(&mut machine)?;
                ensure(depth == bits, || format!("the adapter shows {depth} bits a pixel"))?;
                shows_what_serial_says(machine, (800, 600), 100)
            },
        ));
    }
    for (door, entry) in
        [(Door::LIMINE_BIOS, Entry::Framebuffer), (Door::LIMINE_UEFI, Entry::Ordinary)]
    {
        trials.push(test_at(door, format!("screens::{door}_large_letters"), move |door| {
            let recipe = Recipe::new(door).entry(entry).vga("none").arg("-device").arg(LARGE);
            shows_what_serial_says(recipe.boot_to_prompt()?, (2560, 1600), 160)
        }));
    }
    for (door, size, columns) in [
        (Door::Pvh, (720, 400), 80),
        (Door::LIMINE_BIOS, (720, 400), 80),
        (Door::GRUB_UEFI, (1280, 800), 160),
    ] {
        trials.push(test_at(
            door,
            format!("screens::{door}_shows_what_serial_says"),
            move |door| shows_what_serial_says(Recipe::new(door).boot_to_prompt()?, size, columns),
        ));
    }
    trials
}

/// Every printable ASCII character, two commands' worth of scrolling, and long
/// lines: the screen's session ends exactly as the serial line's does.
fn shows_what_serial_says(mut machine: Machine, size: (usize, usize), columns: usize) -> Outcome {
    let ascii: String = (0x21..0x7f_u8).map(char::from).filter(|c| !"'\"\\".contains(*c)).collect();
    let commands = [
        "help".to_owned(),
        // A multiple of no width: a full row would read on into the next line.
        format!("echo {}", "long_line_".repeat(19)),
        format!("echo '{ascii}'"),
        "memmap".to_owned(),
    ];
    for command in &commands {
        let answer = machine.run(command)?;
        ensure(!command.contains(&ascii) || answer == ascii, || {
            format!("echo answered {answer:?}")
        })?;
    }
    for command in &commands {
        machine.type_command(command)?;
    }

    let expected = lines(&machine.serial()?.text());
    let screen = machine.wait_screen("what serial says", seconds(20), |screen| {
        let shown = shown(screen);
        shown.len() > 15 && expected.ends_with(&shown)
    });
    let screen = screen.map_err(|failure| {
        failure.during(format!("serial ends with\n{}\n", expected[expected.len() / 2..].join("\n")))
    })?;
    ensure((screen.size, screen.columns) == (size, columns), || {
        format!("{:?} pixels and {} columns", screen.size, screen.columns)
    })?;
    machine.no_triple_fault()
}

/// The lines on the screen, but not the first: it may be the lower part of one
/// that was scrolled through.
fn shown(screen: &Screen) -> Vec<String> {
    lines(&screen.text_from(0)).into_iter().skip(1).collect()
}

/// Lines that are not blank, without the blanks around them, and without the
/// prompts: a long command shows another part of itself on each console.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().to_owned());
    lines.filter(|line| !line.is_empty() && !line.starts_with(PROMPT)).collect()
}

/// What the Bochs adapter was set to: register 3 of its extension.
fn bits_per_pixel(machine: &mut Machine) -> Outcome<u16> {
    let qtest = machine.qtest()?;
    qtest.command("outw 0x1ce 3")?;
    let answer = qtest.command("inw 0x1cf")?;
    u16::from_str_radix(answer.trim_start_matches("0x"), 16)
        .map_err(|_| Failure::new(format!("inw answered {answer:?}")))
}
