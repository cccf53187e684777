//! The UART's logic against sound and hostile devices.

use super::registers::*;
use super::testing::{Fake, Fault, Model};
use super::{Registers, SEND_LIMIT_NS, Status, Taken, Transmitter, Uart, UartKind};

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
        assert_eq!(kind.fifo_depth(), if model == Model::Fifo { 16 } else { 1 }, "{model:?}");
        assert_eq!(fake.sent, [], "{model:?}");
        // No interrupt, and the loopback is off.
        assert_eq!((fake.register(IER), fake.register(MCR)), (0, 0x0b), "{model:?}");
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
fn no_more_is_taken_out_than_there_is_room_for() {
    let mut fake = Fake::new(Model::Fifo, Fault::None);
    fake.floods = true;
    let (clock, mut kept) = (fake.time.clone(), 0);
    let keep = |_| {
        kept += 1;
        kept < 10
    };
    assert_eq!(Uart::new(&mut fake).set_up(|| clock, keep), Some(UartKind::I16550A));
    assert_eq!(kept, 10);
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
        (Fault::ScratchAlone(0x01), false),
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
    // What stands in the shift register is waited for as well.
    fake.fault = Fault::StuckClear(LSR_TEMT);
    assert!(Uart::new(&mut fake).wait_for_room(Transmitter::Works, || time.clone()));
    let before_ns = time.now_ns();
    Uart::new(&mut fake).drain(|| time.clone());
    let waited_ns = time.now_ns() - before_ns;
    assert!((SEND_LIMIT_NS..SEND_LIMIT_NS * 11 / 10).contains(&waited_ns), "{waited_ns}");
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
fn rate_and_frame_are_told_and_stay() {
    for (line_control, divisor, shown) in [
        (LCR_8N1, 1, "115200 8N1"),
        (LCR_8N1 | LCR_STOP | LCR_PARITY, 12, "9600 8O2"),
        (0b10 | LCR_PARITY | LCR_EVEN, 384, "300 7E1"),
        (LCR_EVEN, 0, "no rate 5N1"),
    ] {
        let mut fake = Fake::new(Model::Fifo, Fault::None);
        let [low, high] = u16::to_le_bytes(divisor);
        for (register, value) in [(LCR, LCR_DLAB), (DATA, low), (IER, high), (LCR, line_control)] {
            Registers::write(&mut &mut fake, register, value);
        }
        assert_eq!(Uart::new(&mut fake).settings().to_string(), shown);
        assert_eq!(fake.register(LCR), line_control);
    }
}

#[test]
fn received_bytes_interrupt_and_nothing_else() {
    let mut fake = Fake::new(Model::Fifo, Fault::None);
    let _ = set_up(&mut fake);
    Uart::new(&mut fake).interrupt_on_receive();
    assert_eq!(fake.register(IER), 0x01);
    Uart::new(&mut fake).no_interrupts();
    assert_eq!(fake.register(IER), 0);
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
