//! Making an interpreter: DSDT and SSDTs into a name space.

use super::super::handler::Handler;
use super::super::tables::{MAX_TABLES, Table};
use super::super::{facs, tables};
use super::{Error, Told, guarded, mend, words};
use crate::cpu::guarded::Limit;
use crate::memory::heap::arena;
use crate::memory::mmio;
use acpi::address::{AddressSpace, GenericAddress, MappedGas};
use acpi::aml::Interpreter;
use acpi::registers::{FixedRegisters, Pm1ControlRegisterBlock, Pm1EventRegisterBlock};
use acpi::sdt::facs::Facs;
use acpi::sdt::fadt::Fadt;
use acpi::{AcpiError, PhysicalMapping};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use log::LevelFilter;
use valhalla_core::acpi::Signature;
use valhalla_core::acpi::sdt::HEADER_LENGTH;

/// How long loading may take: some hundred milliseconds on a large machine.
const LIMIT: Limit = Limit::Ms(5000);

/// An interpreter in the arena.
pub(super) struct Loaded {
    interpreter: NonNull<Interpreter<Handler>>,
    /// Tables in it.
    pub(super) tables: usize,
    /// Tables that could not be loaded.
    pub(super) left_out: usize,
    /// The FACS stays mapped for its global lock.
    _facs: Option<mmio::Mapping>,
}

// SAFETY: the interpreter is reached only through the state's lock.
unsafe impl Send for Loaded {}

impl Loaded {
    pub(super) fn interpreter(&self) -> &Interpreter<Handler> {
        // SAFETY: `build` made it, and the arena is cleared only after this
        // value is gone.
        unsafe { self.interpreter.as_ref() }
    }
}

/// Where loading is: the number of a table, or one behind the last for the
/// devices' `_INI`.
static STEP: AtomicUsize = AtomicUsize::new(0);

/// Loads everything that can be loaded.
pub(super) fn load() -> Result<Loaded, Error> {
    let tables = tables().ok_or(Error::NoTables)?;
    let dsdt = tables.get(Signature::DSDT).into_iter();
    let is_ssdt = |table: &&Table| table.header.signature == Signature::SSDT;
    let aml = || dsdt.clone().chain(tables.list().iter().filter(is_ssdt));
    let count = aml().count();
    if tables.get(Signature::DSDT).is_none() {
        return Err(Error::NoTables);
    }
    let facs = facs::map();
    let handler = tables.handler().ok_or(Error::NoTables)?;
    let mut skip = [false; MAX_TABLES + 1];
    // Each round leaves out one thing more, so it ends.
    loop {
        let chosen = || aml().zip(&skip).filter(|(_, skip)| !**skip);
        let initialise = !skip.get(count).copied().unwrap_or(true);
        let quiet = Quiet::new();
        let outcome = guarded(LIMIT, || {
            let interpreter = empty(handler, facs.as_ref())?;
            for (number, (table, skip)) in aml().zip(&skip).enumerate() {
                STEP.store(number, Ordering::Relaxed);
                if !skip {
                    let code = table.bytes().get(HEADER_LENGTH..).unwrap_or(&[]);
                    interpreter.load_table(code).map_err(|error| words(Told(&error)))?;
                }
            }
            mend::pci_fields(&interpreter).map_err(|error| words(Told(&error)))?;
            mend::stores(&interpreter).map_err(|error| words(Told(&error)))?;
            STEP.store(count, Ordering::Relaxed);
            if initialise {
                interpreter.initialize_namespace();
            }
            Ok(NonNull::from(Box::leak(Box::new(interpreter))))
        });
        let why = match outcome {
            Ok(Ok(interpreter)) => {
                let tables = chosen().count();
                let left_out = count.saturating_sub(tables);
                return Ok(Loaded { interpreter, tables, left_out, _facs: facs });
            }
            Ok(Err(why)) => why,
            Err(failure) => words(failure),
        };
        // SAFETY: the call that used the arena is over, and what it made is
        // not known to anybody.
        unsafe { arena::clear() };
        drop(quiet);
        let step = STEP.load(Ordering::Relaxed);
        match (step, aml().nth(step), skip.get_mut(step)) {
            (0, ..) | (.., None) => {
                log::warn!(target: "acpi", "AML is off: the DSDT cannot be loaded: {why}");
                return Err(Error::Off(words(format_args!("the DSDT cannot be loaded: {why}"))));
            }
            (_, Some(table), Some(skip)) => {
                let at = table.physical;
                log::warn!(target: "acpi", "AML: the SSDT at {at:#x} is left out: {why}");
                *skip = true;
            }
            (_, None, Some(skip)) => {
                log::warn!(target: "acpi", "AML: devices are not initialised: {why}");
                *skip = true;
            }
        }
    }
}

/// An interpreter without tables.
pub(super) fn empty(
    handler: Handler,
    facs: Option<&mmio::Mapping>,
) -> Result<Interpreter<Handler>, super::Words> {
    let registers = registers(handler)
        .map_err(|error| words(format_args!("the FADT's registers cannot be used: {error:?}")))?;
    let revision = tables()
        .and_then(|tables| tables.get(Signature::DSDT))
        .map_or(2, |dsdt| dsdt.header.revision);
    let facs = facs.map(|facs| PhysicalMapping {
        physical_start: 0,
        virtual_start: facs.start().cast::<Facs>(),
        region_length: size_of::<Facs>(),
        mapped_length: size_of::<Facs>(),
        handler,
    });
    #[expect(clippy::arc_with_non_send_sync, reason = "the crate asks for an Arc")]
    let registers = Arc::new(registers);
    Ok(Interpreter::new(handler, revision, registers, facs))
}

/// The fixed registers, which the interpreter needs for the global lock. A
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
