//! Noise: whatever comes in, the prompt still answers.

use harness::door::Door;
use harness::machine::{Machine, Recipe};
use harness::random::Random;
use harness::serial::PROMPT;
use harness::{Outcome, ensure, keys, seconds};
use libtest_mimic::Trial;

use crate::test;

/// Random bytes for the serial line, just so.
const SERIAL_BYTES: usize = 50_000;
/// Random bytes for the serial line in pieces of up to [`PIECE`], with a Ctrl-C
/// after each: as many states of the decoder, and short lines, because the
/// host's work is in the bytes that an editor with a long line echoes.
const SERIAL_BYTES_IN_PIECES: usize = 950_000;
/// See [`SERIAL_BYTES_IN_PIECES`].
const PIECE: usize = 24;
/// Random bytes from the keyboard.
const SCANCODES: usize = 100_000;
/// The Delete key's code, on the keypad and, after 0xE0, beside it.
const DELETE: u8 = 0x53;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("hostile::random_bytes_on_serial", random_serial),
        test("hostile::random_scancodes", random_scancodes),
        test("hostile::over_long_lines", over_long_lines),
        test("hostile::control_bytes_and_broken_utf8", control_bytes),
    ]
}

/// The shell answers on the serial line, and the kernel's own tests still pass.
fn answers(machine: &mut Machine, seed: u64) -> Outcome {
    let word = format!("alive-{seed}-{}", machine.serial()?.received());
    // Ends whatever escape sequence or character was begun, and drops the line.
    machine.serial()?.send(format!("\r\r\x03\x15echo {word}\r").as_bytes())?;
    loop {
        let received = machine.serial()?.received();
        match machine.serial()?.wait_for(&word, seconds(30)) {
            Ok(line) if line == word => break,
            Ok(_) => {}
            // The host is slow, and noise is still being echoed: no bound but progress.
            Err(_) if machine.serial()?.received() > received => {}
            Err(failure) => return Err(failure),
        }
    }
    let answer = machine.run("selftest")?;
    ensure(answer.contains(" passed, 0 failed"), || {
        format!("selftest after the noise:\n{answer}")
    })?;
    let text = machine.serial()?.text();
    for word in ["*** CPU exception", "*** Kernel panic"] {
        ensure(!text.contains(word), || format!("seed {seed}: {word} in the noise"))?;
    }
    machine.no_triple_fault()
}

fn random_serial() -> Outcome {
    let seed = Random::seed_or(2026);
    println!("hostile::random_bytes_on_serial: VALHALLA_SEED={seed}");
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    let mut random = Random::new(seed);
    let mut noise = random.bytes(SERIAL_BYTES);
    for piece in random.bytes(SERIAL_BYTES_IN_PIECES).chunks(PIECE) {
        noise.extend_from_slice(piece);
        noise.push(b'\x03');
    }
    machine.serial()?.send(&noise).map_err(|failure| failure.during(format!("seed {seed}")))?;
    answers(&mut machine, seed).map_err(|failure| failure.during(format!("seed {seed}")))
}

fn random_scancodes() -> Outcome {
    let seed = Random::seed_or(2026);
    println!("hostile::random_scancodes: VALHALLA_SEED={seed}");
    let mut machine = Recipe::new(Door::Pvh).with_qtest().boot_to_prompt()?;
    let mut random = Random::new(seed);
    for _ in 0..SCANCODES {
        // Delete, with Ctrl and Alt that happen to be down, would reboot.
        let byte = random.byte();
        machine.qtest()?.scancode(if byte == DELETE { DELETE - 1 } else { byte })?;
    }
    // Ends a begun sequence, and lets go of shifts, controls and alts (set 1 break codes).
    for byte in [0xaa, 0xaa, 0xb6, 0x9d, 0xb8, 0xe0, 0x9d, 0xe0, 0xb8] {
        machine.qtest()?.scancode(byte)?;
    }
    answers(&mut machine, seed).map_err(|failure| failure.during(format!("seed {seed}")))?;

    // The keyboard itself answers too, whatever became of caps lock.
    keys::press(&mut machine.qmp, &["ctrl", "c"])?;
    machine.type_text("echo key board\n")?;
    let screen = machine.wait_screen("an answer to the keyboard", seconds(20), |screen| {
        let answered = screen.rows.iter().any(|row| row.to_lowercase().contains("key board"));
        answered && screen.last() == PROMPT
    })?;
    if !screen.rows.iter().any(|row| row == "key board") {
        keys::press(&mut machine.qmp, &["caps_lock"])?;
        machine.type_text("echo key board\n")?;
        machine.wait_screen("an answer without caps lock", seconds(20), |screen| {
            screen.rows.iter().any(|row| row == "key board")
        })?;
    }
    machine.no_triple_fault()
}

fn over_long_lines() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    for length in [511, 512, 513, 4_000, 200_000] {
        let mut line = b"echo ".to_vec();
        line.resize(length, b'x');
        machine.serial()?.send(&line)?;
        machine.serial()?.send(b"\r")?;
        answers(&mut machine, length as u64).map_err(|failure| failure.during(length))?;
    }
    Ok(())
}

fn control_bytes() -> Outcome {
    let mut machine = Recipe::new(Door::Pvh).boot_to_prompt()?;
    // Every byte on a line of its own, but not what ends, cancels or edits the line.
    for byte in (0..=u8::MAX).filter(|byte| !b"\r\n".contains(byte)) {
        machine.serial()?.send(&[byte, b'x', b'\r'])?;
    }
    // Cut, over-long and surrogate UTF-8.
    for bytes in [&b"\xc3"[..], b"\xe2\x82", b"\xf0\x9f\x92", b"\xc0\xaf", b"\xed\xa0\x80", b"\xff"]
    {
        machine.serial()?.send(bytes)?;
        machine.serial()?.send(b"z\r")?;
    }
    answers(&mut machine, 256)
}
