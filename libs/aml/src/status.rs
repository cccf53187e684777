//! ACPICA's numbers and names of faults, which its own tests ask for.

use crate::error::Fault;
use crate::hardware::HardwareFault;

impl Fault {
    /// The number and the name that ACPICA has for the fault.
    pub(crate) fn status(&self) -> (u32, &'static str) {
        match self {
            Self::BadOpcode(_) | Self::Truncated => (0x3001, "AE_AML_BAD_OPCODE"),
            Self::BadName => (0x1003, "AE_BAD_PATHNAME"),
            Self::NotFound(_) => (0x0005, "AE_NOT_FOUND"),
            Self::Exists(_) => (0x0007, "AE_ALREADY_EXISTS"),
            Self::Type { .. } => (0x3003, "AE_AML_OPERAND_TYPE"),
            Self::NoValue => (0x3012, "AE_AML_NO_RETURN_VALUE"),
            Self::Uninitialized("an argument") => (0x3006, "AE_AML_UNINITIALIZED_ARG"),
            Self::Uninitialized("an element of a package") => {
                (0x3007, "AE_AML_UNINITIALIZED_ELEMENT")
            }
            Self::Uninitialized(_) => (0x3005, "AE_AML_UNINITIALIZED_LOCAL"),
            Self::DivideByZero => (0x300C, "AE_AML_DIVIDE_BY_ZERO"),
            Self::BadBcd => (0x3008, "AE_AML_NUMERIC_OVERFLOW"),
            Self::Index { of: "a package", .. } => (0x300B, "AE_AML_PACKAGE_LIMIT"),
            Self::Index { of: "a string", .. } => (0x3011, "AE_AML_STRING_LIMIT"),
            Self::Index { .. } => (0x300A, "AE_AML_BUFFER_LIMIT"),
            Self::RegionLimit { .. } => (0x3009, "AE_AML_REGION_LIMIT"),
            Self::Stale => (0x0006, "AE_NOT_EXIST"),
            Self::TooDeep => (0x301E, "AE_AML_CIRCULAR_REFERENCE"),
            Self::MutexOrder(_) => (0x3015, "AE_AML_MUTEX_ORDER"),
            Self::NoEndTag => (0x301C, "AE_AML_NO_RESOURCE_END_TAG"),
            Self::NotHeld => (0x3016, "AE_AML_MUTEX_NOT_ACQUIRED"),
            Self::RegisterLimit { .. } => (0x3019, "AE_AML_REGISTER_LIMIT"),
            Self::WaitsForever => (0x0011, "AE_TIME"),
            Self::NotInLoop => (0x301A, "AE_AML_NO_WHILE"),
            Self::BadTable(_) => (0x2001, "AE_BAD_SIGNATURE"),
            Self::Hardware(HardwareFault::NoDriver(_)) => (0x0006, "AE_NOT_EXIST"),
            Self::Hardware(HardwareFault::Refused(_)) => (0x3020, "AE_AML_ILLEGAL_ADDRESS"),
            Self::Hardware(HardwareFault::Timeout(_)) => (0x0011, "AE_TIME"),
            Self::OutOfSteps | Self::Cancelled => (0x0018, "AE_ABORT_METHOD"),
            Self::OutOfMemory => (0x0004, "AE_NO_MEMORY"),
            Self::OutOfDepth => (0x3013, "AE_AML_METHOD_LIMIT"),
            Self::Internal(_) => (0x300F, "AE_AML_INTERNAL"),
        }
    }
}
