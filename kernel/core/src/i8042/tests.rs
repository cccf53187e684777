//! The controller's and the keyboard's logic against sound and hostile devices.

use super::command::SELF_TEST;
use super::status::{INPUT_FULL, OUTPUT_FULL};
use super::testing::{Fake, Fault};
use super::{
    Controller, Device, Meaning, Presence, Ps2Error, QUESTION_LIMIT_NS, START_LIMIT_NS, SelfTest,
    Started,
};
use crate::key::Key;
use crate::keyboard::{Decoded, Layout, Rate, Request, ScanSet, Translation, Wire};

const SOUND: Started = Started {
    presence: Presence::Answers,
    self_test: SelfTest::Passed,
    set: ScanSet::Two,
    wanted: ScanSet::Two,
};

fn start(fake: &mut Fake, wanted: Wire) -> Result<Started, Ps2Error> {
    let clock = fake.time.clone();
    Controller::new(fake).start(wanted, clock)
}

#[test]
fn a_sound_pair_starts_at_once() {
    let mut fake = Fake::new(Fault::None);
    assert_eq!(start(&mut fake, Wire::USUAL), Ok(SOUND));
    assert_eq!((fake.configuration, fake.scans), (0x63 | 0x04, true));
    assert!(fake.time.now_ns() < 1_000_000);
}

#[test]
fn the_wanted_set_is_chosen() {
    for set in [ScanSet::One, ScanSet::Two] {
        for translation in [Translation::On, Translation::Off] {
            let mut fake = Fake::new(Fault::None);
            let started = start(&mut fake, Wire { set, translation });
            assert_eq!(started, Ok(Started { set, wanted: set, ..SOUND }));
            assert_eq!(fake.set, set.number());
            assert_eq!(fake.configuration & 0x40 != 0, translation == Translation::On);
        }
    }
    let mut fake = Fake::new(Fault::SimpleKeyboard);
    let wanted = Wire { set: ScanSet::One, translation: Translation::Off };
    assert_eq!(start(&mut fake, wanted), Ok(SOUND));
}

/// Each fault, and what the start makes of it.
fn cases() -> Vec<(Fault, Result<Started, Ps2Error>)> {
    let with = |self_test| Ok(Started { self_test, ..SOUND });
    let silent = Ok(Started { presence: Presence::Silent, ..SOUND });
    vec![
        (Fault::None, Ok(SOUND)),
        (Fault::Reads(0xff), Err(Ps2Error::Absent)),
        (Fault::Reads(0x00), Err(Ps2Error::NoAnswer(0x20))),
        (Fault::Reads(0x01), Err(Ps2Error::NeverEmpty)),
        (Fault::Reads(0x55), Err(Ps2Error::NeverEmpty)),
        (Fault::StuckSet(OUTPUT_FULL), Err(Ps2Error::NeverEmpty)),
        (Fault::StuckSet(INPUT_FULL), Err(Ps2Error::NotTaken(0xad))),
        (Fault::StuckClear(OUTPUT_FULL), Err(Ps2Error::NoAnswer(0x20))),
        (Fault::StuckClear(INPUT_FULL), Ok(SOUND)),
        (Fault::SelfTests([0xfc, 0x55, 0x55]), with(SelfTest::PassedAgain(0xfc))),
        (Fault::SelfTests([0xfc, 0xfc, 0xfc]), with(SelfTest::Failed(0xfc))),
        (Fault::SelfTests([0xfc, 0, 0]), with(SelfTest::Failed(0xfc))),
        (Fault::SelfTests([0, 0, 0]), with(SelfTest::Silent)),
        // Not asked again.
        (Fault::SelfTests([0, 0x55, 0x55]), with(SelfTest::Silent)),
        (Fault::TwoByteSelfTest, with(SelfTest::PassedAgain(0xfc))),
        (Fault::SelfTestEnables, Ok(SOUND)),
        (Fault::TypesWhileHeld, Ok(SOUND)),
        (Fault::MouseMoves, Ok(SOUND)),
        (Fault::Silent, Err(Ps2Error::NoAnswer(0x20))),
        (Fault::SilentKeyboard, silent),
        (Fault::EchoingKeyboard, silent),
        (Fault::HardOfHearing, Ok(SOUND)),
        (Fault::AuxBetween, Ok(SOUND)),
        (Fault::Floods, Err(Ps2Error::NeverEmpty)),
    ]
}

#[test]
fn every_start_ends_in_time_and_in_words() {
    for (fault, expected) in cases() {
        for access_ns in [0, 1_000, 100_000, 10_000_000] {
            let mut fake = Fake::new(fault);
            fake.access_ns = access_ns;
            let started = start(&mut fake, Wire::USUAL);
            let took_ns = fake.time.now_ns();
            // Each wait has a last look or two.
            let slack_ns = 100_000_000 + 30 * access_ns;
            assert!(took_ns < START_LIMIT_NS + slack_ns, "{fault:?}, {access_ns}: {took_ns} ns");
            // So slow that the time is up, a sound device has less of it.
            if access_ns <= 100_000 {
                assert_eq!(started, expected, "{fault:?}, {access_ns}");
                assert!(took_ns < START_LIMIT_NS, "{fault:?}, {access_ns}: {took_ns} ns");
                if matches!(started, Ok(Started { presence: Presence::Answers, .. })) {
                    // Right whatever stood in between, and quiet until the end.
                    let last = fake.configured.pop();
                    assert_eq!((last, fake.scans), (Some(0x67), true), "{fault:?}");
                    assert_eq!(fake.configured, [0x64], "{fault:?}");
                }
            }
        }
    }
}

#[test]
fn a_slow_pair_is_waited_for() {
    let mut fake = Fake::new(Fault::None);
    (fake.self_test_ns, fake.keyboard_ns) = (240_000_000, 180_000_000);
    assert_eq!(start(&mut fake, Wire::USUAL), Ok(SOUND));
}

#[test]
fn what_fails_leaves_the_keyboard_enabled() {
    for (fault, expected) in cases() {
        let mut fake = Fake::new(fault);
        let _ = start(&mut fake, Wire::USUAL);
        if !matches!(expected, Err(Ps2Error::Absent | Ps2Error::NotTaken(_))) {
            assert!(fake.keyboard_is_enabled(), "{fault:?}");
        }
    }
}

#[test]
fn bytes_of_the_mouse_port_are_taken_and_counted() {
    let mut fake = Fake::new(Fault::None);
    fake.aux(0xfa);
    assert_eq!(start(&mut fake, Wire::USUAL), Ok(SOUND));
    assert_eq!(fake.aux_dropped, 1);
    fake.aux(0x08);
    fake.type_byte(0x1e);
    let taken = [(); 3].map(|()| Controller::new(&mut fake).take());
    assert_eq!(taken, [None, Some(0x1e), None]);
    assert_eq!(fake.aux_dropped, 2);
    // All bits are set where nothing answers: that is no byte of the mouse's.
    let mut gone = Fake::new(Fault::Reads(0xff));
    assert_eq!((Controller::new(&mut gone).take(), gone.aux_dropped), (None, 0));
}

#[test]
fn a_question_is_not_answered_by_others() {
    let mut fake = Fake::new(Fault::AuxBetween);
    assert!(start(&mut fake, Wire::USUAL).is_ok());
    fake.type_byte(0x1e);
    let (clock, mut typed) = (fake.time.clone(), Vec::new());
    let answer = Controller::new(&mut fake).quietly(
        clock,
        |byte| typed.push(byte),
        |controller, limit| controller.configuration(limit),
    );
    // The keyboard was held while it answered.
    assert_eq!((answer, typed), (Ok(0x67 | 0x10), vec![0x1e]));
    assert!(fake.keyboard_is_enabled());
}

#[test]
fn a_question_ends_in_time() {
    for (fault, _) in cases() {
        let mut fake = Fake::new(fault);
        fake.access_ns = 100_000;
        let clock = fake.time.clone();
        let _ = Controller::new(&mut fake)
            .quietly(clock, drop, |controller, limit| controller.configuration(limit));
        let took_ns = fake.time.now_ns();
        assert!(took_ns < 275_000_000, "{fault:?}: {took_ns} ns");
    }
}

#[test]
fn a_question_that_takes_too_long_leaves_the_keyboard_enabled() {
    let mut fake = Fake::new(Fault::None);
    fake.taken_ns = 90_000_000;
    let clock = fake.time.clone();
    let answer = Controller::new(&mut fake).quietly(clock, drop, |controller, limit| {
        let found = controller.configuration(limit)?;
        controller.configure(found, limit)
    });
    assert_eq!(answer, Err(Ps2Error::NotTaken(0x57)));
    assert!(fake.keyboard_is_enabled());
    let took_ns = fake.time.now_ns();
    assert!(took_ns < QUESTION_LIMIT_NS + 110_000_000, "{took_ns} ns");
}

#[test]
fn errors_are_told_in_words() {
    for (words, error) in [
        ("no PS/2 controller answers", Ps2Error::Absent),
        ("the PS/2 controller did not answer command 0xaa in time", Ps2Error::NoAnswer(SELF_TEST)),
    ] {
        assert_eq!(error.to_string(), words);
    }
    assert_eq!(
        SelfTest::Failed(0xfc).to_string(),
        "the PS/2 controller's self test gave 0xfc instead of 0x55"
    );
}

/// Lets the device and the fake talk until neither has anything to say.
fn talk(device: &mut Device, fake: &mut Fake) {
    let now_ns = fake.time.now_ns();
    loop {
        let mut controller = Controller::new(&mut *fake);
        let sent = device.next_to_send(|| controller.takes_a_byte(), || now_ns);
        if let Some(byte) = sent {
            controller.put(byte);
        }
        let mut answered = false;
        while let Some(byte) = controller.take() {
            assert_eq!(device.take(byte, || now_ns), Meaning::Answer);
            answered = true;
        }
        if sent.is_none() && !answered {
            return;
        }
    }
}

fn begun(fake: &mut Fake) -> Device {
    let mut device = Device::new();
    let started = start(fake, Wire::USUAL);
    device.begin(Wire::USUAL, Layout::Us, started);
    device
}

#[test]
fn a_keyboard_is_told_and_its_keys_are_read() {
    for fault in [Fault::None, Fault::HardOfHearing, Fault::AuxBetween] {
        let mut fake = Fake::new(fault);
        let mut device = begun(&mut fake);
        assert!(!device.is_content());
        talk(&mut device, &mut fake);
        assert!(device.is_content(), "{fault:?}");
        device.ask_for_set(ScanSet::One);
        talk(&mut device, &mut fake);
        assert_eq!((fake.set, device.decoder.wire().set), (1, ScanSet::One), "{fault:?}");
        device.ask_for_set(ScanSet::Two);
        talk(&mut device, &mut fake);
        let key = device.take(0x1e, || 0);
        assert_eq!(key, Meaning::Code(Decoded::Key(Key::Char('a'))), "{fault:?}");
    }
}

#[test]
fn one_that_is_plugged_in_is_told_everything() {
    let mut fake = Fake::new(Fault::None);
    let mut device = begun(&mut fake);
    talk(&mut device, &mut fake);
    device.ask_for_set(ScanSet::One);
    device.ask_for_rate(Rate::DEFAULT);
    talk(&mut device, &mut fake);
    let done = device.talk.counts().done;
    // It begins with set 2 and reports nothing; 0xaa is translated to itself.
    (fake.set, fake.scans) = (2, false);
    assert!(matches!(device.take(0xaa, || 0), Meaning::Code(Decoded::Started)));
    assert_eq!(device.decoder.wire().set, ScanSet::Two);
    talk(&mut device, &mut fake);
    assert_eq!((fake.set, fake.scans, device.started), (1, true, 1));
    // Set, rate, enable, LEDs.
    assert_eq!(device.talk.counts().done, done + 4);
}

#[test]
fn one_that_was_silent_is_noticed() {
    let mut device = begun(&mut Fake::new(Fault::SilentKeyboard));
    assert_eq!(device.found, Ok(Presence::Silent));
    let _ = device.take(0xaa, || 0);
    assert_eq!(device.found, Ok(Presence::Answers));
    // Not plugged in again, but answering after all: its set, say.
    let mut device = begun(&mut Fake::new(Fault::SilentKeyboard));
    let mut fake = Fake::new(Fault::None);
    fake.set = 1;
    device.talk.ask(Request::AskSet);
    talk(&mut device, &mut fake);
    assert_eq!((device.found, device.started), (Ok(Presence::Answers), 0));
    assert_eq!(device.decoder.wire().set, ScanSet::One);
}

#[test]
fn one_that_comes_late_is_told_the_wanted_set() {
    let wire = Wire { set: ScanSet::One, ..Wire::USUAL };
    let mut device = Device::new();
    device.begin(wire, Layout::Us, start(&mut Fake::new(Fault::SilentKeyboard), wire));
    assert_eq!(device.decoder.wire().set, ScanSet::Two);
    let mut fake = Fake::new(Fault::None);
    let _ = device.take(0xaa, || 0);
    talk(&mut device, &mut fake);
    assert_eq!((fake.set, device.decoder.wire().set), (1, ScanSet::One));
}

#[test]
fn bytes_and_overruns_are_counted() {
    let mut fake = Fake::new(Fault::None);
    let mut device = begun(&mut fake);
    let _ = [0x00, 0x1e].map(|byte| device.take(byte, || 0));
    assert_eq!((device.received, device.overruns), (2, 1));
}

#[test]
fn nothing_is_said_where_nothing_was_found() {
    let mut fake = Fake::new(Fault::Reads(0xff));
    let mut device = begun(&mut fake);
    assert_eq!(device.next_to_send(|| true, || 0), None);
    assert_eq!(device.found, Err(Ps2Error::Absent));
}
