//! Errors: values that say what went wrong, in which table, at which byte.

use alloc::string::String;
use core::fmt;

use crate::hardware::HardwareFault;
use crate::table::Signature;

/// A position in AML: which table, and the byte counted from the table's start
/// (its header included, as dumps and disassemblers count).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Index of the table, in the order of loading.
    pub table: u16,
    /// Byte offset from the start of the table.
    pub offset: u32,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A byte that begins no term.
    BadOpcode(u16),
    /// The term goes beyond its package or its table.
    Truncated,
    /// A name string that is none.
    BadName,
    /// No object has this name.
    NotFound(String),
    /// The name is taken.
    Exists(String),
    /// An operand of a wrong type.
    Type {
        /// The type that the operator takes.
        wanted: &'static str,
        /// The type that was there.
        found: &'static str,
    },
    /// A method was to give a value and gave none.
    NoValue,
    /// A local, argument, package element or name was read before it was written.
    Uninitialized(&'static str),
    /// `Divide` or `Mod` by zero.
    DivideByZero,
    /// A digit above nine, or a number too large, in binary-coded decimal.
    BadBcd,
    /// An index beyond the end of a package, buffer or string.
    Index {
        /// The index.
        index: u64,
        /// The length of the object.
        length: u64,
        /// What the object is.
        of: &'static str,
    },
    /// A field that goes beyond its region.
    RegionLimit {
        /// End of the access in bytes from the region's start.
        end: u64,
        /// The region's length.
        length: u64,
    },
    /// A bank or index number that does not fit its register.
    RegisterLimit {
        /// The number.
        value: u64,
        /// Length of the register in bits.
        bits: u32,
    },
    /// A buffer that is to be a resource template has no end tag.
    NoEndTag,
    /// A reference to something that is gone: a name or local of a finished method.
    Stale,
    /// References that lead to each other in a circle, or values nested too deep.
    TooDeep,
    /// A mutex acquired or released against its sync level.
    MutexOrder(&'static str),
    /// A mutex is released that is not held.
    NotHeld,
    /// A wait without limit for what nothing can bring.
    WaitsForever,
    /// `Break` or `Continue` outside a loop.
    NotInLoop,
    /// A table that cannot be loaded, or is not there.
    BadTable(&'static str),
    /// Hardware that could not be reached.
    Hardware(HardwareFault),
    /// The evaluation took all the steps of its budget.
    OutOfSteps,
    /// The evaluation took all the memory of its budget.
    OutOfMemory,
    /// Methods called each other deeper than the budget allows.
    OutOfDepth,
    /// The caller cancelled the evaluation.
    Cancelled,
    /// A defect of this interpreter: something that cannot be was met.
    Internal(&'static str),
}

impl Fault {
    /// A fault that ends the whole evaluation, not one term of a table.
    pub(crate) fn ends_all(&self) -> bool {
        matches!(self, Self::OutOfSteps | Self::OutOfMemory | Self::Cancelled)
    }
}

impl From<HardwareFault> for Fault {
    fn from(fault: HardwareFault) -> Self {
        Self::Hardware(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadOpcode(code) => write!(f, "{code:#04x} begins no term"),
            Self::Truncated => write!(f, "a term goes beyond its end"),
            Self::BadName => write!(f, "a name that is none"),
            Self::NotFound(path) => write!(f, "{path} is not there"),
            Self::Exists(path) => write!(f, "{path} is there already"),
            Self::Type { wanted, found } => write!(f, "needs {wanted}, has {found}"),
            Self::NoValue => write!(f, "a method gave no value"),
            Self::Uninitialized(what) => write!(f, "{what} was read before it was written"),
            Self::DivideByZero => write!(f, "division by zero"),
            Self::BadBcd => write!(f, "no binary-coded decimal"),
            Self::Index { index, length, of } => {
                write!(f, "index {index} of {of} with a length of {length}")
            }
            Self::RegionLimit { end, length } => {
                write!(f, "an access up to byte {end:#x} of a region of {length:#x}")
            }
            Self::RegisterLimit { value, bits } => {
                write!(f, "{value:#x} does not fit a register of {bits} bits")
            }
            Self::NoEndTag => write!(f, "a resource template without its end tag"),
            Self::Stale => write!(f, "a reference to what is gone"),
            Self::TooDeep => write!(f, "references or values nested too deep"),
            Self::NotHeld => write!(f, "a mutex is released that is not held"),
            Self::MutexOrder(what) => write!(f, "{what}"),
            Self::WaitsForever => write!(f, "a wait without limit for what nothing can bring"),
            Self::NotInLoop => write!(f, "Break or Continue outside a loop"),
            Self::BadTable(what) => write!(f, "{what}"),
            Self::Hardware(fault) => fault.fmt(f),
            Self::OutOfSteps => write!(f, "out of steps"),
            Self::OutOfMemory => write!(f, "out of memory"),
            Self::OutOfDepth => write!(f, "methods nested too deep"),
            Self::Cancelled => write!(f, "cancelled"),
            Self::Internal(what) => write!(f, "a defect of the interpreter: {what}"),
        }
    }
}

/// A fault and where it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub fault: Fault,
    /// The term that failed, if one did.
    pub at: Option<At>,
    /// Signature of the table that the term is in.
    pub table: Signature,
    /// The method or scope that the term is in.
    pub path: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.fault)?;
        match self.at {
            Some(at) => write!(f, " ({}, table {}, offset {:#x})", self.table, at.table, at.offset),
            None => Ok(()),
        }
    }
}
