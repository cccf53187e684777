//! The PS/2 keyboard behind an 8042 controller.
//!
//! ```text
//! keyboard --set 2--> 8042 --translated to set 1--> IRQ 1: on_interrupt
//!    ^                  ^                             | byte, unless a key went up
//!    |                  |     Keyboard::next_key <-- SCANCODES (lock-free ring)
//!    +-- LEDs, rate, set --- ENGINE (valhalla_core::keyboard)
//! ```
//!
//! [`init`] finds out whether there is a controller at all (a missing one reads
//! 0xFF, "both buffers full", for ever), empties and tests it. The interrupt
//! handler moves one byte, or follows it where it only says that an ordinary key
//! went up: nobody is woken for that. [`Keyboard`] decodes in the shell's context, and in
//! passing tells the keyboard what it is to be told: nothing waits for its
//! answers. A keyboard that is silent now and plugged in later announces itself,
//! and is told everything then. [`live`] has what commands look at and change.
//!
//! IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary
//! Device Controller"; the commands are those of every 8042 since.

mod controller;
mod engine;
pub mod live;

use core::fmt;

use valhalla_core::key::Key;
use valhalla_core::keyboard::{Layout, ScanSet, Translation, Wire};
use valhalla_core::ring::ByteRing;

use crate::cpu::News;
use crate::interrupts::isa::IsaIrq;
use crate::interrupts::light::LightHandler;
use controller::{ask, command, configure, drain};
use engine::ENGINE;
pub use engine::Meaning;

/// Controller command: disable the mouse port.
const DISABLE_AUX: u8 = 0xa7;
/// Controller command: test yourself; answers [`TEST_PASSED`].
const SELF_TEST: u8 = 0xaa;
/// Controller command: disable the keyboard port.
const DISABLE_KEYBOARD: u8 = 0xad;
/// Controller command: enable the keyboard port.
const ENABLE_KEYBOARD: u8 = 0xae;
/// The answer of a healthy controller to [`SELF_TEST`].
const TEST_PASSED: u8 = 0x55;
/// Keyboard command: report keys.
const ENABLE_SCANNING: u8 = 0xf4;
/// Keyboard command: use the scan code set that follows; 0 asks which it is.
const SCAN_CODE_SET: u8 = 0xf0;
/// The keyboard's answer to a command that it has carried out.
const ACKNOWLEDGE: u8 = 0xfa;

/// Configuration: the keyboard raises IRQ 1.
const KEYBOARD_INTERRUPT: u8 = 1 << 0;
/// Configuration: the mouse raises IRQ 12.
const AUX_INTERRUPT: u8 = 1 << 1;
/// Configuration: the keyboard's clock is held, which disables it.
const KEYBOARD_DISABLED: u8 = 1 << 4;
/// Configuration: the mouse's clock is held.
const AUX_DISABLED: u8 = 1 << 5;
/// Configuration: scan code set 2 is translated to set 1.
const TRANSLATION: u8 = 1 << 6;

/// Why there is no keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ps2Error {
    /// Nothing answers at the ports.
    Absent,
    /// Bytes kept coming while the ports were disabled.
    NeverEmpty,
    /// The controller did not take a command.
    NotTaken(u8),
    /// The controller did not answer a command.
    NoAnswer(u8),
    /// The self test answered something else than 0x55.
    SelfTest(u8),
}

impl fmt::Display for Ps2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no PS/2 controller answers"),
            Self::NeverEmpty => f.write_str("the PS/2 controller's buffer never runs empty"),
            Self::NotTaken(command) => {
                write!(f, "the PS/2 controller did not take command {command:#04x} in time")
            }
            Self::NoAnswer(command) => {
                write!(f, "the PS/2 controller did not answer command {command:#04x} in time")
            }
            Self::SelfTest(answer) => {
                write!(f, "the PS/2 controller's self test gave {answer:#04x} instead of 0x55")
            }
        }
    }
}

/// What the keyboard said when it was asked to report keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It acknowledged.
    Answers,
    /// Nothing, or nonsense: none is plugged in, or it is slow to wake. Keys
    /// that it sends later are taken all the same.
    Silent,
}

/// Brings the controller into a known state: keyboard on with IRQ 1, `wanted`
/// on the wire, mouse off, buffers empty.
///
/// The handler should be registered before the line is unmasked, and
/// [`on_interrupt`] called once by hand just after: a byte that came in between
/// would hold the line high, and no further edge would follow.
///
/// # Errors
/// [`Ps2Error`] says which step failed; the kernel goes on without a keyboard.
pub fn init(wanted: Wire, layout: Layout) -> Result<Presence, Ps2Error> {
    let started = start(wanted.translation);
    let found = started.map(|started| started.presence);
    let mut engine = ENGINE.lock();
    engine.decoder.set_layout(layout);
    engine.decoder.set_wire(Wire { set: ScanSet::Two, ..wanted });
    engine.wanted = wanted.set;
    engine.found = found;
    if found == Ok(Presence::Answers) {
        match scan_set() {
            Some(set) => engine.use_set(set),
            // Too simple to be asked: set 2 then.
            None => engine.wanted = ScanSet::Two,
        }
        // Now, and not in passing: keys that are typed while the set changes may
        // overtake the acknowledgement.
        if engine.decoder.wire().set != wanted.set && use_scan_set(wanted.set).is_some() {
            engine.use_set(wanted.set);
        }
    }
    drop(engine);
    // Only now: the answers were read above, and leave no stray edge behind.
    configure(started?.configuration | KEYBOARD_INTERRUPT)?;
    found
}

/// What [`start`] found and left.
#[derive(Clone, Copy)]
struct Started {
    presence: Presence,
    /// The controller's configuration byte.
    configuration: u8,
}

/// As far as a keyboard that answers or not; it raises no interrupt yet.
fn start(translation: Translation) -> Result<Started, Ps2Error> {
    controller::present()?;
    command(DISABLE_KEYBOARD)?;
    command(DISABLE_AUX)?;
    drain()?;
    // The self test resets some controllers, so the configuration comes after.
    match ask(SELF_TEST)? {
        TEST_PASSED => {}
        answer => return Err(Ps2Error::SelfTest(answer)),
    }
    let found = controller::configuration()?;
    let quiet = (found | AUX_DISABLED)
        & !(KEYBOARD_INTERRUPT | AUX_INTERRUPT | KEYBOARD_DISABLED | TRANSLATION);
    let configuration = match translation {
        Translation::On => quiet | TRANSLATION,
        Translation::Off => quiet,
    };
    configure(configuration)?;
    command(ENABLE_KEYBOARD)?;
    let presence = match tell(ENABLE_SCANNING) {
        Some(()) => Presence::Answers,
        None => Presence::Silent,
    };
    Ok(Started { presence, configuration })
}

/// Which set the keyboard sends, if it says.
fn scan_set() -> Option<ScanSet> {
    tell(SCAN_CODE_SET)?;
    tell(0)?;
    ScanSet::from_answer(controller::answer()?)
}

/// Has the keyboard send this set.
fn use_scan_set(set: ScanSet) -> Option<()> {
    tell(SCAN_CODE_SET)?;
    tell(set.number())
}

/// Sends the keyboard a byte and waits for its acknowledgement.
fn tell(byte: u8) -> Option<()> {
    controller::send(byte).ok()?;
    // A key may be on its way: the answer is among the first few bytes.
    (0..4).map_while(|_| controller::answer()).find(|byte| *byte == ACKNOWLEDGE).map(drop)
}

/// Whether a controller answers; asks nothing of it.
#[must_use]
pub fn is_there() -> bool {
    controller::present().is_ok()
}

/// Scan codes on their way from the interrupt to the shell.
static SCANCODES: ByteRing<256> = ByteRing::new();

/// The handler of IRQ 1.
#[derive(Debug)]
pub enum Interrupt {}

impl LightHandler for Interrupt {
    const LINE: IsaIrq = IsaIrq::KEYBOARD;

    #[inline]
    fn handle() -> News {
        on_interrupt()
    }
}

/// One look at the controller, one byte; with interrupts off. For the interrupt,
/// and for who asks where none comes. Whether there is something to look at: not
/// when the byte said no more than that a key went up.
///
/// Never inlined: `make bench` counts how often it is called.
#[inline(never)]
pub fn on_interrupt() -> News {
    match controller::take_byte() {
        Some(byte) if !engine::let_go(byte) => {
            // Full: dropped and counted, which the decoder notices.
            let _ = SCANCODES.push(byte);
            News::KEYBOARD
        }
        _ => News::NONE,
    }
}

/// Whether there is something for [`Keyboard::next_key`].
#[must_use]
#[inline]
pub fn is_waiting() -> bool {
    !SCANCODES.is_empty() || engine::has_key()
}

/// Whether [`Keyboard::next_key`] has something to do: a byte to look at, a key
/// to give, or something to tell the keyboard.
#[must_use]
#[inline]
pub fn has_work() -> bool {
    !SCANCODES.is_empty() || engine::has_work()
}

/// The right to ask for keys. What is known about the keyboard is kept aside,
/// so that it outlives who asks: the crash monitor types on the same layout.
#[derive(Debug, Default)]
pub struct Keyboard(());

impl Keyboard {
    /// Whoever calls this should be alone in asking.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }

    /// The next key press, where it is one that typed the same before. Else
    /// nothing was done, and [`next_key`](Self::next_key) is to be asked.
    #[inline]
    pub fn known(&mut self) -> Option<char> {
        if engine::has_work() { None } else { ENGINE.lock().known() }
    }

    /// The next key press that has arrived; never waits.
    pub fn next_key(&mut self) -> Option<Key> {
        if has_work() { ENGINE.lock().next_key() } else { None }
    }
}
