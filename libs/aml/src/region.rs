//! Operation regions and fields: what AML declares of registers and buffers.

use alloc::rc::Rc;

use crate::hardware::{PciAddress, Width};
use crate::heap::Handle;
use crate::namespace::NodeId;

/// An operation region.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) space: Space,
    /// Start in the space.
    pub(crate) offset: u64,
    /// Length in bytes.
    pub(crate) length: u64,
    /// The function of a `PCI_Config` region, once it is known.
    pub(crate) pci: Option<PciAddress>,
    /// The bytes of a `DataTableRegion`.
    pub(crate) table: Option<Handle>,
}

/// The address space of a region (ACPI 6.5, 5.5.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Space(pub u8);

impl Space {
    /// Physical memory.
    pub const MEMORY: Self = Self(0);
    /// I/O ports.
    pub const IO: Self = Self(1);
    /// PCI configuration space.
    pub const PCI_CONFIG: Self = Self(2);
    /// The embedded controller.
    pub const EMBEDDED_CONTROL: Self = Self(3);
    /// CMOS memory.
    pub const CMOS: Self = Self(5);
    /// Serial buses: I2C, SPI, UART.
    pub const GENERIC_SERIAL_BUS: Self = Self(9);
    /// A table, by `DataTableRegion`; the number is ACPICA's, AML has none for it.
    pub const TABLE: Self = Self(0x7E);

    /// The name of the space in ASL.
    pub fn name(self) -> &'static str {
        match self.0 {
            0 => "SystemMemory",
            1 => "SystemIO",
            2 => "PCI_Config",
            3 => "EmbeddedControl",
            4 => "SMBus",
            5 => "SystemCMOS",
            6 => "PciBarTarget",
            7 => "IPMI",
            8 => "GeneralPurposeIO",
            9 => "GenericSerialBus",
            10 => "PCC",
            11 => "PlatformRtMechanism",
            0x7E => "a table",
            0x7F => "FunctionalFixedHW",
            0x80.. => "of the vendor",
            _ => "that is reserved",
        }
    }
}

/// A field: bits of a region or of registers.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) owner: Owner,
    /// First bit, from the start of the owner.
    pub(crate) bit: u32,
    /// Length in bits.
    pub(crate) bits: u32,
    pub(crate) flags: FieldFlags,
}

/// What a field is part of.
#[derive(Clone, Debug)]
pub(crate) enum Owner {
    Region(NodeId),
    Bank(Rc<Bank>),
    Index(Rc<IndexPair>),
}

/// Where a bank field is: a region, after a value was written to a register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bank {
    pub(crate) region: NodeId,
    pub(crate) register: NodeId,
    pub(crate) value: u64,
}

/// The two registers of an index field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexPair {
    pub(crate) index: NodeId,
    pub(crate) data: NodeId,
}

/// How a field is accessed (ACPI 6.5, 20.2.5.2, FieldFlags).
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldFlags {
    pub(crate) access: AccessType,
    /// The global lock is held around an access.
    pub(crate) lock: bool,
    pub(crate) update: Update,
}

/// Width of the accesses to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessType {
    Any,
    Fixed(Width),
    Buffer,
}

/// What is written to the bits of a word that are not the field's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    Preserve,
    WriteAsOnes,
    WriteAsZeros,
}

impl FieldFlags {
    /// Reads the flags of a field list; a reserved access type is taken as any.
    pub(crate) fn from_byte(flags: u8) -> Self {
        let update = match (flags >> 5) & 3 {
            0 => Update::Preserve,
            1 => Update::WriteAsOnes,
            _ => Update::WriteAsZeros,
        };
        Self { access: AccessType::from_byte(flags), lock: flags & 0x10 != 0, update }
    }

    /// Width of one access: any is by bytes, as ACPICA does it.
    pub(crate) fn width(self) -> Width {
        match self.access {
            AccessType::Fixed(width) => width,
            AccessType::Any | AccessType::Buffer => Width::Byte,
        }
    }
}

impl AccessType {
    pub(crate) fn from_byte(flags: u8) -> Self {
        match flags & 0x0F {
            1 => Self::Fixed(Width::Byte),
            2 => Self::Fixed(Width::Word),
            3 => Self::Fixed(Width::DWord),
            4 => Self::Fixed(Width::QWord),
            5 => Self::Buffer,
            _ => Self::Any,
        }
    }
}

/// A field of a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BufferField {
    pub(crate) buffer: Handle,
    /// First bit.
    pub(crate) bit: u32,
    /// Length in bits.
    pub(crate) bits: u32,
    /// It reads as a buffer, however short: the fields of `CreateField`.
    pub(crate) is_buffer: bool,
}
