//! The QR code of a report: read from a picture of the screen, it is the report.
//!
//! The three decoders, of the code, of its text and of the compressed report,
//! are crates that share nothing with the kernel.

use std::time::{Duration, Instant};

use base45::decode;
use harness::door::Door;
use harness::machine::Machine;
use harness::menu::Entry;
use harness::pixels::Pixels;
use harness::recipe::Recipe;
use harness::serial::MONITOR;
use harness::{Failure, Outcome, ensure, seconds};
use libtest_mimic::Trial;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use rqrr::PreparedImage;

use crate::test_at;

/// The format and its version.
const PREFIX: &str = "VH1:";
/// How the part of a report that fitted ends.
const CUT: &str = "[cut: the code has no room for more]";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for name in ["pf", "so", "panic"] {
        trials.push(test_at(
            Door::GRUB_UEFI,
            format!("qr::grub_uefi_{name}_is_the_report"),
            move |door| is_the_report(Recipe::new(door), name),
        ));
    }
    trials.push(test_at(Door::GRUB_BIOS, "qr::grub_bios_pf_is_the_report", |door| {
        is_the_report(Recipe::new(door).entry(Entry::Framebuffer), "pf")
    }));
    for mode in ["1024x768x32", "800x600x16"] {
        trials.push(test_at(Door::LIMINE_BIOS, format!("qr::limine_bios_{mode}"), move |door| {
            is_the_report(Recipe::new(door).entry(Entry::FramebufferOf(mode)), "pf")
        }));
    }
    trials.push(test_at(Door::GRUB_UEFI, "qr::goes_and_comes_back", goes_and_comes_back));
    trials.push(test_at(Door::GRUB_UEFI, "qr::a_damaged_code_is_noticed", damage_is_noticed));
    trials
}

fn bound() -> Duration {
    seconds(20)
}

/// Boots, crashes, and returns the report's lines as serial has them.
fn crash(recipe: Recipe, fault: &str) -> Outcome<(Machine, Vec<String>)> {
    let mut machine = recipe.boot_to_prompt()?;
    let serial = machine.serial()?;
    serial.send(format!("fault {fault} fatal\r").as_bytes())?;
    serial.wait_for("System halted. The crash monitor answers here", bound())?;
    serial.wait_for(MONITOR, bound())?;
    let text = serial.text();
    let all: Vec<&str> = text.lines().collect();
    let first = all.iter().position(|line| line.starts_with("*** "));
    let last = all.iter().rposition(|line| line.starts_with("interrupt handlers "));
    let (Some(first), Some(last)) = (first, last) else {
        return Err(Failure::new(format!("no report in:\n{text}")));
    };
    Ok((machine, lines(&all[first..=last].join("\n"))))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// How bright a pixel is.
fn grey(picture: &Pixels) -> impl Fn(usize, usize) -> u8 {
    |x, y| (picture.at(x, y).iter().map(|part| u16::from(*part)).sum::<u16>() / 3) as u8
}

/// The report's lines out of the one code in the picture.
fn read(picture: &Pixels) -> Outcome<Vec<String>> {
    let mut image =
        PreparedImage::prepare_from_greyscale(picture.width, picture.height, grey(picture));
    let failed =
        |what: &str, error: &dyn std::fmt::Display| Failure::new(format!("{what}: {error}"));
    let mut grids = image.detect_grids();
    let (Some(grid), None) = (grids.pop(), grids.pop()) else {
        return Err(Failure::new("not exactly one QR code is on the screen"));
    };
    let (_, text) = grid.decode().map_err(|error| failed("the code", &error))?;
    let text = text
        .strip_prefix(PREFIX)
        .ok_or_else(|| Failure::new(format!("{PREFIX} expected before {text}")))?;
    let squeezed = decode(text).map_err(|error| failed("its Base45", &error))?;
    let report = decompress_to_vec_zlib(&squeezed).map_err(|error| failed("its zlib", &error))?;
    let report = String::from_utf8(report).map_err(|error| failed("its UTF-8", &error))?;
    Ok(lines(&report))
}

/// Looks until the code can be read: it comes a little later than the prompt on
/// serial, and one that never can be read is a failure.
fn wait_for_code(machine: &mut Machine) -> Outcome<Vec<String>> {
    let deadline = Instant::now() + bound();
    loop {
        match read(&machine.picture()?) {
            Err(failure) if Instant::now() >= deadline => return Err(failure),
            Err(_) => {}
            code => return code,
        }
    }
}

fn is_the_report(recipe: Recipe, fault: &str) -> Outcome {
    let (mut machine, report) = crash(recipe, fault)?;
    let mut code = wait_for_code(&mut machine)?;
    let most = if code.last().is_some_and(|line| line == CUT) {
        code.pop();
        // What matters most is at the beginning, and small screens have room for it.
        ensure(code.len() >= 12, || format!("cut after {} lines", code.len()))?;
        code.len()
    } else {
        report.len()
    };
    ensure(code == report[..most], || {
        format!("in the code\n{}\non serial\n{}\n", code.join("\n"), report.join("\n"))
    })?;
    // It covers nothing: the screen still shows the report and the prompt.
    machine.wait_screen("the report and the prompt", bound(), |screen| {
        screen.contains(&report[0]) && screen.last() == MONITOR
    })?;
    machine.no_triple_fault()
}

/// A command takes the code away, and `qr` shows it again.
fn goes_and_comes_back(door: Door) -> Outcome {
    let (mut machine, report) = crash(Recipe::new(door), "ud")?;
    let code = wait_for_code(&mut machine)?;
    ensure(code == report, || format!("in the code\n{}", code.join("\n")))?;
    let serial = machine.serial()?;
    serial.send(b"regs\r")?;
    serial.wait_for("RFLAGS", bound())?;
    serial.wait_for(MONITOR, bound())?;
    // Not a rest of it is left: every cell is a letter again.
    machine.wait_screen("nothing but text", bound(), |screen| {
        screen.unknown == 0 && screen.last() == MONITOR
    })?;
    machine.serial()?.send(b"qr\r")?;
    let again = wait_for_code(&mut machine)?;
    ensure(again == report, || format!("in the code\n{}", again.join("\n")))?;
    machine.no_triple_fault()
}

/// The test can fail: with a part of the picture painted over it does.
fn damage_is_noticed(door: Door) -> Outcome {
    let (mut machine, _) = crash(Recipe::new(door), "pf")?;
    wait_for_code(&mut machine)?;
    let mut picture = machine.picture()?;
    let mut image =
        PreparedImage::prepare_from_greyscale(picture.width, picture.height, grey(&picture));
    let corners = image.detect_grids().pop().map(|grid| grid.bounds);
    let corners = corners.ok_or_else(|| Failure::new("the code was here a moment ago"))?;
    // A quarter of it, in the middle: more than any error correction mends.
    let (left, top) = (corners[0].x as usize, corners[0].y as usize);
    let side = corners[2].x as usize - left;
    for y in top + side / 4..top + side * 3 / 4 {
        for x in left + side / 4..left + side * 3 / 4 {
            picture.set(x, y, [255; 3]);
        }
    }
    ensure(read(&picture).is_err(), || "a code with a hole was read".to_owned())
}
