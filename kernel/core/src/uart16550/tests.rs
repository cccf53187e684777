//! The UART's logic against sound and hostile devices.

use super::registers::*;
use super::testing::{Fake, Fault, Model};
use super::{SEND_LIMIT_NS, Status, Taken, Transmitter, Uart, UartKind};

const SECOND_NS: u64 = 1_000_000_000;
const TYPED: &[u8] = b"lscpu\rshutdown\r";
/// More than anything here receives.
const ROOM: usize = 4096;

/// Sets `fake` up: what it is, and what was kept.
fn set_up(fake: &mut Fake) -> (Option<UartKind>, Vec<u8>) {
    let mut kept = Vec::new();
    let clock = fake.time.clone();
    let kind = Uart::new(&mut *fake).set_up(
        || clock,
        |byte| {
            kept.push(byte);
            kept.len() < ROOM
        },
    );
    (kind, kept)
}

fn take_all(fake: &mut Fake) -> Vec<u8> {
    let mut uart = Uart::new(fake);
    std::iter::from_fn(|| match uart.take() {
        Taken::Byte(byte) => Some(byte),
        Taken::Break | Taken::Nothing => None,
    })
    .collect()
}

#[test]
fn each_model_is_known_and_nothing_is_sent() {
    for (model, kind) in [
        (Model::Plain, UartKind::I8250),
        (Model::Scratch, UartKind::I16450),
        (Model::BrokenFifo, UartKind::I16550),
        (Model::Fifo, UartKind::I16550A),
    ] {
        let mut fake = Fake::new(model, Fault::None);
        assert_eq!(set_up(&mut fake), (Some(kind), vec![]), "{model:?}");
        assert_eq!(fake.sent, [], "{model:?}");
        assert_eq!(Uart::new(&mut fake).settings().to_string(), "115200 8N1");
    }
}

#[test]
fn what_came_before_the_probe_is_kept() {
    for model in [Model::Plain, Model::Scratch, Model::BrokenFifo, Model::Fifo] {
        for pause_ns in [0, 200_000] {
            let mut fake = Fake::new(model, Fault::None);
            fake.pause_ns = pause_ns;
            fake.sender.extend(TYPED);
            let (kind, kept) = set_up(&mut fake);
            assert!(kind.is_some());
            assert_eq!(kept, TYPED, "{model:?}, {pause_ns}");
        }
    }
}

#[test]
fn what_firmwares_fifo_holds_stays_there() {
    let mut fake = Fake::new(Model::Fifo, Fault::None);
    fake.fifo_is_on = true;
    fake.received.extend(TYPED);
    assert_eq!(set_up(&mut fake), (Some(UartKind::I16550A), vec![]));
    assert_eq!(take_all(&mut fake), TYPED);
}

#[test]
fn hostile_devices_are_no_uarts_or_cost_a_bounded_time() {
    let faults = [
        (Fault::Reads(0xff), false),
        (Fault::Reads(0x00), false),
        (Fault::Reads(0x5a), false),
        (Fault::Echoes, false),
        (Fault::StuckSet(LSR_DR), true),
        (Fault::StuckClear(LSR_DR), true),
        (Fault::StuckSet(LSR_OE | LSR_PE | LSR_FE | LSR_BI), true),
        (Fault::StuckClear(LSR_THRE | LSR_TEMT), true),
    ];
    for (fault, is_one) in faults {
        for floods in [false, true] {
            let mut fake = Fake::new(Model::Fifo, fault);
            (fake.read_ns, fake.floods) = (100_000, floods);
            let (kind, kept) = set_up(&mut fake);
            assert_eq!(kind.is_some(), is_one, "{fault:?}");
            assert!(kept.len() <= ROOM, "{fault:?}");
            let ns = fake.time.now_ns();
            assert!(ns < SECOND_NS, "{fault:?}: {ns} ns");
        }
    }
}

#[test]
fn sending_waits_a_second_once() {
    let mut fake = Fake::new(Model::Fifo, Fault::StuckClear(LSR_THRE | LSR_TEMT));
    fake.read_ns = 100_000;
    let time = fake.time.clone();
    assert!(!Uart::new(&mut fake).wait_for_room(Transmitter::Works, || time.clone()));
    let waited_ns = time.now_ns();
    assert!((SEND_LIMIT_NS..SEND_LIMIT_NS * 11 / 10).contains(&waited_ns), "{waited_ns}");
    assert!(!Uart::new(&mut fake).wait_for_room(Transmitter::StandsStill, || time.clone()));
    assert_eq!(time.now_ns(), waited_ns + 100_000);
    Uart::new(&mut fake).drain(|| time.clone());
    assert!(time.now_ns() < waited_ns + SEND_LIMIT_NS * 11 / 10);
    fake.fault = Fault::None;
    assert!(Uart::new(&mut fake).wait_for_room(Transmitter::StandsStill, || time.clone()));
}

#[test]
fn a_uart_that_went_away_is_not_waited_for() {
    let mut fake = Fake::new(Model::Fifo, Fault::Reads(0xff));
    let time = fake.time.clone();
    assert!(!Uart::new(&mut fake).wait_for_room(Transmitter::Works, || time.clone()));
    assert_eq!(Uart::new(&mut fake).take(), Taken::Nothing);
    assert!(time.now_ns() < 10_000 && fake.noted.is_empty());
}

#[test]
fn errors_are_noted_once() {
    let mut fake = Fake::new(Model::Fifo, Fault::None);
    let _ = set_up(&mut fake);
    fake.received.push_back(0);
    fake.errors = LSR_BI | LSR_FE;
    assert_eq!(Uart::new(&mut fake).take(), Taken::Break);
    fake.received.push_back(b'x');
    fake.errors = LSR_OE | LSR_FE | LSR_PE;
    assert_eq!(Uart::new(&mut fake).take(), Taken::Byte(b'x'));
    let said =
        |status: &Status| [status.overrun(), status.parity(), status.framing(), status.is_break()];
    let noted: Vec<_> = fake.noted.iter().map(said).collect();
    assert_eq!(noted, [[false, false, false, true], [true, true, true, false]]);
}
