//! Making an interpreter: DSDT and SSDTs into a name space.

use super::super::handler::{GLOBAL_LOCK, Handler, refused_pci};
use super::super::tables::{MAX_TABLES, Table, Tables};
use super::super::{facs, tables};
use super::question::{At, Question};
use super::regions::{self, Known};
use super::{Error, Told, Words, devices, guarded, mend, told, words};
use crate::cpu::guarded::Limit;
use crate::cpu::lock::SpinLock;
use crate::memory::heap::arena;
use acpi::AcpiError;
use acpi::address::{AddressSpace, GenericAddress, MappedGas};
use acpi::aml::namespace::AmlName;
use acpi::aml::object::Object;
use acpi::aml::{AmlError, Interpreter};
use acpi::registers::{FixedRegisters, Pm1ControlRegisterBlock, Pm1EventRegisterBlock};
use acpi::sdt::fadt::Fadt;
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;
use core::str::FromStr;
use log::LevelFilter;
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::sdt::HEADER_LENGTH;

/// How long a step may take, such as a table or a device: all of them take some
/// hundred milliseconds on a large machine.
const LIMIT: Limit = Limit::Ms(5000);

/// An interpreter in the arena.
pub(super) struct Loaded {
    interpreter: NonNull<RefCell<Interpreter<Handler>>>,
    /// Tables in it.
    pub(super) tables: usize,
    /// Tables that could not be loaded.
    pub(super) left_out: usize,
}

// SAFETY: the interpreter is reached only through the state's lock.
unsafe impl Send for Loaded {}

impl Loaded {
    pub(super) fn interpreter(&self) -> &RefCell<Interpreter<Handler>> {
        // SAFETY: `build` made it, and the arena is cleared only after this
        // value is gone.
        unsafe { self.interpreter.as_ref() }
    }
}

/// The SSDTs that cannot be loaded, by their numbers: not tried again when AML is
/// loaded anew.
static LEFT_OUT: SpinLock<[bool; MAX_TABLES]> = SpinLock::new([false; MAX_TABLES]);

/// Forgets which tables cannot be loaded: another try.
pub(super) fn forget() {
    *LEFT_OUT.lock() = [false; MAX_TABLES];
}

/// Why an attempt to load ended.
enum Ended {
    /// Over the table of this number.
    Table(usize, Words),
    /// Over an object that was run when all tables were there.
    Object(At, Words),
}

/// The table of a number: the DSDT, then the SSDTs.
fn table(number: usize) -> Option<&'static Table> {
    let tables = tables()?;
    let is_ssdt = |table: &&Table| table.header.signature == Signature::SSDT;
    let dsdt = tables.get(Signature::DSDT).into_iter();
    dsdt.chain(tables.list().iter().filter(is_ssdt)).nth(number)
}

/// Loads everything that can be loaded.
pub(super) fn load() -> Result<Loaded, Error> {
    let handler = tables().and_then(Tables::handler).ok_or(Error::NoTables)?;
    if tables().is_none_or(|tables| tables.get(Signature::DSDT).is_none()) {
        return Err(Error::NoTables);
    }
    facs::find();
    let mut skip = *LEFT_OUT.lock();
    // Whether objects are run, to initialise devices and to find PCI functions.
    let mut run = true;
    // Each round leaves out one thing more, so it ends.
    loop {
        let quiet = Quiet::new();
        let ended = match attempt(handler, &skip, run) {
            Ok(interpreter) => {
                let left_out = skip.iter().filter(|skip| **skip).count();
                let tables = (0..).map_while(table).count() - left_out;
                return Ok(Loaded { interpreter, tables, left_out });
            }
            Err(ended) => ended,
        };
        // SAFETY: the calls that used the arena are over, and what they made is
        // not known to anybody.
        unsafe { arena::clear() };
        drop(quiet);
        match ended {
            Ended::Table(number @ 1.., why) => {
                let at = table(number).map_or(0, |table| table.physical);
                log::warn!(target: "acpi", "AML: the SSDT at {at:#x} is left out: {why}");
                skip.get_mut(number).into_iter().for_each(|skip| *skip = true);
                *LEFT_OUT.lock() = skip;
            }
            Ended::Object(at, why) if run => {
                log::warn!(target: "acpi", "AML: {at}: {why}");
                // One that fails is noted and not run again. Where it is not known,
                // or there is no room for more, none is run.
                if !at.note(why) {
                    log::warn!(target: "acpi", "AML: devices are not initialised, and PCI functions not known");
                    run = false;
                }
            }
            Ended::Table(_, why) | Ended::Object(_, why) => {
                log::warn!(target: "acpi", "AML is off: the DSDT cannot be loaded: {why}");
                let why = format_args!("the DSDT cannot be loaded: {why}");
                return Err(Error::Off(words(why)));
            }
        }
    }
}

/// Loads all tables but those to skip, and initialises devices; each step as a
/// guarded call of its own, so that a slow machine costs none its time.
fn attempt(
    handler: Handler,
    skip: &[bool],
    run: bool,
) -> Result<NonNull<RefCell<Interpreter<Handler>>>, Ended> {
    let at = Cell::new(At::Aml);
    let over_object = |why| Ended::Object(at.get(), why);
    let fill = |interpreter: &RefCell<Interpreter<Handler>>, known: &Known| {
        step(|| regions::foretell(&interpreter.borrow(), known)).map_err(over_object)?;
        for (number, table) in (0..).map_while(table).enumerate() {
            if skip.get(number) == Some(&false) {
                let code = table.bytes().get(HEADER_LENGTH..).unwrap_or(&[]);
                step(|| interpreter.borrow().load_table(code))
                    .map_err(|why| Ended::Table(number, why))?;
            }
        }
        Ok(())
    };
    // "Static" until the arena is cleared, with all that knows of it.
    let interpreter: &'static RefCell<_> =
        step(|| Ok(Box::leak(Box::new(RefCell::new(empty(handler)?))))).map_err(over_object)?;
    let question = Question::new(interpreter, &at);
    refused_pci();
    fill(interpreter, &[])?;
    if refused_pci() && run {
        // Tables compute with what PCI registers say: once more, with the functions
        // that are known now.
        let known = step(|| regions::known(&question)).map_err(over_object)?;
        step(|| {
            drop(interpreter.replace(empty(handler)?));
            Ok(())
        })
        .map_err(over_object)?;
        fill(interpreter, known)?;
        if refused_pci() {
            log::warn!(target: "acpi", "AML: tables read PCI registers of functions that are not known: all ones");
        }
    }
    step(|| mend::stores(interpreter)).map_err(over_object)?;
    if run {
        step(|| regions::settle(&question)).map_err(over_object)?;
        let mut absent = None;
        for device in step(|| devices::to_initialise(&question)).map_err(over_object)? {
            step(|| devices::initialise(&question, device, &mut absent)).map_err(over_object)?;
        }
    }
    Ok(NonNull::from(interpreter))
}

/// Runs a part of loading, guarded.
fn step<T>(f: impl FnOnce() -> Result<T, AmlError>) -> Result<T, Words> {
    let said = || f().map_err(|error| words(Told(&error)));
    guarded(LIMIT, said).map_err(|failure| told(&failure))?
}

/// An interpreter without tables. The firmware's global lock is ours (`facs`), not
/// the crate's.
pub(super) fn empty(handler: Handler) -> Result<Interpreter<Handler>, AmlError> {
    let registers = registers(handler).map_err(|error| {
        log::warn!(target: "acpi", "AML: the FADT's registers cannot be used: {error:?}");
        AmlError::LibUnimplemented
    })?;
    let revision = table(0).map_or(2, |dsdt| dsdt.header.revision);
    #[expect(clippy::arc_with_non_send_sync, reason = "the crate asks for an Arc")]
    let registers = Arc::new(registers);
    let interpreter = Interpreter::new(handler, revision, registers, None);
    let global_lock = Object::Mutex { mutex: GLOBAL_LOCK, sync_level: 0 };
    interpreter.namespace.lock().insert(AmlName::from_str("\\_GL")?, global_lock.wrap())?;
    Ok(interpreter)
}

/// The fixed registers, which the interpreter asks for. A
/// hardware-reduced machine has none, and gets the port of POST codes, where
/// nothing happens.
fn registers(handler: Handler) -> Result<FixedRegisters<Handler>, AcpiError> {
    let view = tables().and_then(|tables| tables.view());
    if let Some(fadt) = view.as_ref().and_then(|view| view.find_table::<Fadt>())
        && let Ok(registers) = FixedRegisters::new(&fadt, handler)
    {
        return Ok(registers);
    }
    let nowhere = GenericAddress {
        address_space: AddressSpace::SystemIo,
        bit_width: 16,
        bit_offset: 0,
        access_size: 2,
        address: 0x80,
    };
    // SAFETY: reading and writing port 0x80 has no effect.
    let gas = || unsafe { MappedGas::map_gas(nowhere, &handler) };
    Ok(FixedRegisters {
        pm1_event_registers: Pm1EventRegisterBlock {
            pm1_event_length: 2,
            pm1a: gas()?,
            pm1b: None,
        },
        pm1_control_registers: Pm1ControlRegisterBlock { pm1a: gas()?, pm1b: None },
    })
}

/// While this lives, the crate's own lines below warnings are not logged.
pub(super) struct Quiet(LevelFilter);

impl Quiet {
    pub(super) fn new() -> Self {
        Self::at(LevelFilter::Warn)
    }

    /// Nothing above `level` is logged.
    pub(super) fn at(level: LevelFilter) -> Self {
        let before = log::max_level();
        log::set_max_level(before.min(level));
        Self(before)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        log::set_max_level(self.0);
    }
}
