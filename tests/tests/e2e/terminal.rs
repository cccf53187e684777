//! Colours, lines and older text, read off the screen by their pixels.

use harness::door::Door;
use harness::keys;
use harness::machine::{Machine, Recipe};
use harness::menu::Entry;
use harness::pixels::{Pixels, Rgb};
use harness::screen::Screen;
use harness::serial::PROMPT;
use harness::{Failure, Outcome, ensure, seconds};
use libtest_mimic::Trial;

use crate::{test, test_at};

/// A screen of this many pixels, from an adapter that offers no more.
const HIDPI: &str = "VGA,xres=2560,yres=1440,vgamem_mb=64";

/// What a display can show.
#[derive(Clone, Copy)]
enum Kind {
    /// 256 characters and sixteen colours, in cells 9 pixels wide.
    VgaText,
    /// Every character and colour, to so much; cells of 8 pixels, or twice that.
    Framebuffer { off_by: u8, scale: usize },
}

pub(crate) fn trials() -> Vec<Trial> {
    let exact = Kind::Framebuffer { off_by: 0, scale: 1 };
    let rough = Kind::Framebuffer { off_by: 8, scale: 1 };
    let large = Kind::Framebuffer { off_by: 0, scale: 2 };
    let mut trials = vec![
        trial(Door::Pvh, "vga", Kind::VgaText, Recipe::new),
        trial(Door::GRUB_UEFI, "framebuffer", exact, Recipe::new),
        trial(Door::LIMINE_BIOS, "hidpi", large, |door| {
            Recipe::new(door).entry(Entry::Framebuffer).vga("none").arg("-device").arg(HIDPI)
        }),
    ];
    for (mode, kind) in [("800x600x16", rough), ("800x600x24", exact), ("800x600x32", exact)] {
        trials.push(trial(Door::LIMINE_BIOS, mode, kind, move |door| {
            Recipe::new(door).entry(Entry::FramebufferOf(mode))
        }));
    }
    trials.push(test("terminal::answers_come_on_serial", serial_answers));
    trials
}

fn trial(
    door: Door,
    screen: &str,
    kind: Kind,
    recipe: impl FnOnce(Door) -> Recipe + Send + 'static,
) -> Trial {
    test_at(door, format!("terminal::{door}_{screen}"), move |door| {
        let mut machine = recipe(door).boot_to_prompt()?;
        older_lines_come_back(&mut machine)?;
        the_card_is_right(&mut machine, kind)?;
        it_answers(&mut machine)?;
        machine.no_triple_fault()
    })
}

/// Shift-PageUp shows what has left the screen and says where one is; the next
/// key shows the screen as it was.
fn older_lines_come_back(machine: &mut Machine) -> Outcome {
    const OLD: &str = "an old line";
    machine.type_command(&format!("echo '{OLD}'"))?;
    // 50 rows go by, or more.
    for _ in 0..4 {
        machine.type_command("help all")?;
    }
    let live = machine.screen()?;
    ensure(!live.contains(OLD), || "the old line is still there".to_owned())?;
    let mut seen = live.clone();
    for _ in 0..40 {
        seen = look(machine, "pgup", &seen)?;
        if seen.find(OLD).is_some() {
            break;
        }
    }
    ensure(seen.find(OLD).is_some(), || format!("no old line:\n{}", seen.rows.join("\n")))?;
    look(machine, "pgdn", &seen)?;
    machine.type_text("x")?;
    let mut rows = live.rows;
    let prompt = rows.iter_mut().rfind(|row| !row.is_empty());
    prompt.into_iter().for_each(|row| row.push_str(" x"));
    machine.wait_screen("the screen as it was", seconds(10), |screen| screen.rows == rows)?;
    keys::press(&mut machine.qmp, &["backspace"])
}

/// Moves the view by half a screen, and waits until the screen says that it did.
fn look(machine: &mut Machine, key: &str, before: &Screen) -> Outcome<Screen> {
    keys::press(&mut machine.qmp, &["shift", key])?;
    machine.wait_screen(&format!("another view after {key}"), seconds(20), |screen| {
        marked(screen) && screen.rows.first() != before.rows.first()
    })
}

/// Whether the top right says that the screen is not live.
fn marked(screen: &Screen) -> bool {
    screen.rows.first().is_some_and(|row| row.contains('↑') && row.ends_with("lines"))
}

/// The screen's terminal answers whoever sits before it, and what it says is right;
/// nothing is typed by it, and the heap is as it was.
fn it_answers(machine: &mut Machine) -> Outcome {
    let before = machine.run("heap stats")?;
    machine.type_command("clear")?;
    let screen = machine.type_command("terminal")?;
    let size = format!("{} columns, {} rows", screen.columns, screen.rows.len());
    let corner = format!("row {}, column {}", screen.rows.len(), screen.columns);
    // Below the prompt: the heading, and two questions.
    let expected = ["CSI 5 n", "CSI c", "CSI 6 n", "CSI 999;999 H, CSI 6 n", "CSI 18 t"]
        .iter()
        .zip(["it is well", "a VT102", "row 5, column 1", &corner, &size]);
    for (sent, answer) in expected {
        let is_it = |row: &String| {
            let words = row.split_once(sent).map(|(_, behind)| behind.trim());
            words == Some(answer)
        };
        ensure(screen.rows.iter().any(is_it), || {
            format!("{sent:?}, {answer:?}:\n{}", screen.rows.join("\n"))
        })?;
    }
    ensure(screen.last() == PROMPT, || format!("the last row is {:?}", screen.last()))?;
    let after = machine.run("heap stats")?;
    ensure(before == after, || format!("the heap before:\n{before}\nand after:\n{after}"))
}

/// On serial the same questions go to whatever is there: nobody, or somebody who
/// answers more than was asked.
fn serial_answers() -> Outcome {
    const NOBODY: &str = "terminal: no answer: a terminal that gives none, or nobody there";
    const ANSWERS: &str = "\x1b[0n\x1b[?62;1c\x1b[30;100R\x1b[8;30;100t";
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let before = machine.run("heap stats")?;
    let answer = machine.run("terminal")?;
    ensure(answer == NOBODY, || format!("without a terminal: {answer:?}"))?;
    // So many that there is one whenever it asks, however slow this host is.
    let serial = machine.serial()?;
    serial.send(format!("terminal\r{}", ANSWERS.repeat(400)).as_bytes())?;
    for line in [
        "  how are you           CSI 5 n                 it is well",
        "  what are you          CSI c                   a VT220, or like one",
        "  where is your cursor  CSI 6 n                 row 30, column 100",
        "  where is your corner  CSI 999;999 H, CSI 6 n  row 30, column 100",
        "  how large are you     CSI 18 t                100 columns, 30 rows",
        "  Lines are laid out for 100 columns, 30 rows.",
    ] {
        serial.wait_for_line(line, seconds(20))?;
    }
    let sent = serial.tail();
    for question in ["[5n", "[c", "[6n", "[18t"] {
        ensure(sent.contains(question), || format!("{question:?} was not sent:\n{sent}"))?;
    }
    // What came too much typed nothing.
    serial.prompt(seconds(20))?;
    let answer = machine.run("echo whole")?;
    ensure(answer == "whole", || format!("after the answers: {answer:?}"))?;
    let after = machine.run("heap stats")?;
    ensure(before == after, || format!("the heap before:\n{before}\nand after:\n{after}"))?;
    machine.no_triple_fault()
}

/// What the command shows is there: characters, joined lines, colours.
fn the_card_is_right(machine: &mut Machine, kind: Kind) -> Outcome {
    machine.type_command("clear")?;
    machine.type_command("testcard")?;
    let boxes = match kind {
        Kind::VgaText => "┌──┬──┐ ┌──┬──┐ ╔══╦══╗ ┌──┬──┐",
        Kind::Framebuffer { .. } => "┌──┬──┐ ┏━━┳━━┓ ╔══╦══╗ ╭──┬──╮",
    };
    let screen = machine.wait_screen("boxes", seconds(20), |screen| screen.contains(boxes))?;
    let picture = machine.picture()?;
    let cell = match kind {
        Kind::VgaText => (9, 16),
        Kind::Framebuffer { scale, .. } => (8 * scale, 16 * scale),
    };
    let place = |text: &str| {
        let found = screen.rows.iter().enumerate().find_map(|(row, line)| {
            line.find(text).map(|at| (line[..at].chars().count() * cell.0, row * cell.1))
        });
        found.ok_or_else(|| Failure::new(format!("{text:?} is not on the screen")))
    };
    // From the middle of the first corner to the middle of the opposite one.
    let (left, top) = place(boxes)?;
    let middle = (left + cell.0 / 2, top + cell.1 * 7 / 16);
    let ink = picture.at(middle.0, middle.1);
    ensure(ink[0] > 0xa0, || format!("the corner is {ink:?}"))?;
    for x in middle.0..middle.0 + 6 * cell.0 {
        ensure(picture.at(x, middle.1) == ink, || format!("the line across has a gap at {x}"))?;
    }
    for y in middle.1..middle.1 + 4 * cell.1 {
        ensure(picture.at(middle.0 - 1, y) == ink, || format!("the line down has a gap at {y}"))?;
    }
    // The bar at the end of every row: one line from the first to the last.
    let bar = (left + 58 * cell.0 - cell.0 / 2 - 1, top);
    let rows = 15;
    for y in top..top + rows * cell.1 {
        ensure(picture.at(bar.0, y) == ink, || format!("row {} ends elsewhere", y / cell.1))?;
    }
    let colour_of = |word: &str| -> Outcome<Vec<Rgb>> {
        let at = place(word)?;
        Ok(colours(&picture, at, (word.len() * cell.0, cell.1)))
    };
    let shades: [(&str, Rgb, Rgb); 4] = [
        ("red ", [0xaa, 0, 0], [0xaa, 0, 0]),
        ("green ", [0x55, 0xff, 0x55], [0x55, 0xff, 0x55]),
        ("orange ", [0xff, 0x87, 0], [0xaa, 0x55, 0]),
        ("pink", [0xff, 0x69, 0xb4], [0xff, 0x55, 0xff]),
    ];
    for (word, true_colour, nearest) in shades {
        let (expected, off_by) = match kind {
            // Its palette has six bits a channel.
            Kind::VgaText => (nearest, 3),
            Kind::Framebuffer { off_by, .. } => (true_colour, off_by),
        };
        let seen = colour_of(word)?;
        let near = |c: &Rgb| c.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= off_by);
        ensure(seen.iter().any(near), || format!("{word:?} is in {seen:?}, not {expected:?}"))?;
    }
    let behind = colour_of(" on blue")?;
    ensure(behind.iter().any(|c| c[2] >= 0xa0 && c[0] < 8), || format!("on blue: {behind:?}"))
}

/// The colours in a rectangle.
fn colours(picture: &Pixels, at: (usize, usize), size: (usize, usize)) -> Vec<Rgb> {
    let mut seen = Vec::new();
    for (x, y) in (0..size.1).flat_map(|y| (0..size.0).map(move |x| (x, y))) {
        let colour = picture.at(at.0 + x, at.1 + y);
        if !seen.contains(&colour) {
            seen.push(colour);
        }
    }
    seen
}
