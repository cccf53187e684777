//! Every field and flag of the FADT by its name in the specification, for
//! people to read (ACPI 6.5, Tables 5.9 to 5.11).

use crate::acpi::gas::Gas;
use crate::acpi::{u8_at, u16_at, u32_at, u64_at};
use core::fmt;

/// One field: its name, where it is, and how to read it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// As in the specification.
    pub name: &'static str,
    offset: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Number8,
    Number16,
    Hex8,
    Hex16,
    Hex32,
    Hex64,
    Profile,
    Register,
    Vendor,
}

const fn field(name: &'static str, offset: usize, kind: Kind) -> Field {
    Field { name, offset, kind }
}

/// Every field behind the header, in the table's order.
pub const FIELDS: &[Field] = &[
    field("FIRMWARE_CTRL", 36, Kind::Hex32),
    field("DSDT", 40, Kind::Hex32),
    field("Preferred_PM_Profile", 45, Kind::Profile),
    field("SCI_INT", 46, Kind::Number16),
    field("SMI_CMD", 48, Kind::Hex32),
    field("ACPI_ENABLE", 52, Kind::Hex8),
    field("ACPI_DISABLE", 53, Kind::Hex8),
    field("S4BIOS_REQ", 54, Kind::Hex8),
    field("PSTATE_CNT", 55, Kind::Hex8),
    field("PM1a_EVT_BLK", 56, Kind::Hex32),
    field("PM1b_EVT_BLK", 60, Kind::Hex32),
    field("PM1a_CNT_BLK", 64, Kind::Hex32),
    field("PM1b_CNT_BLK", 68, Kind::Hex32),
    field("PM2_CNT_BLK", 72, Kind::Hex32),
    field("PM_TMR_BLK", 76, Kind::Hex32),
    field("GPE0_BLK", 80, Kind::Hex32),
    field("GPE1_BLK", 84, Kind::Hex32),
    field("PM1_EVT_LEN", 88, Kind::Number8),
    field("PM1_CNT_LEN", 89, Kind::Number8),
    field("PM2_CNT_LEN", 90, Kind::Number8),
    field("PM_TMR_LEN", 91, Kind::Number8),
    field("GPE0_BLK_LEN", 92, Kind::Number8),
    field("GPE1_BLK_LEN", 93, Kind::Number8),
    field("GPE1_BASE", 94, Kind::Number8),
    field("CST_CNT", 95, Kind::Hex8),
    field("P_LVL2_LAT", 96, Kind::Number16),
    field("P_LVL3_LAT", 98, Kind::Number16),
    field("FLUSH_SIZE", 100, Kind::Number16),
    field("FLUSH_STRIDE", 102, Kind::Number16),
    field("DUTY_OFFSET", 104, Kind::Number8),
    field("DUTY_WIDTH", 105, Kind::Number8),
    field("DAY_ALRM", 106, Kind::Hex8),
    field("MON_ALRM", 107, Kind::Hex8),
    field("CENTURY", 108, Kind::Hex8),
    field("IAPC_BOOT_ARCH", 109, Kind::Hex16),
    field("Flags", 112, Kind::Hex32),
    field("RESET_REG", 116, Kind::Register),
    field("RESET_VALUE", 128, Kind::Hex8),
    field("ARM_BOOT_ARCH", 129, Kind::Hex16),
    field("Minor version", 131, Kind::Number8),
    field("X_FIRMWARE_CTRL", 132, Kind::Hex64),
    field("X_DSDT", 140, Kind::Hex64),
    field("X_PM1a_EVT_BLK", 148, Kind::Register),
    field("X_PM1b_EVT_BLK", 160, Kind::Register),
    field("X_PM1a_CNT_BLK", 172, Kind::Register),
    field("X_PM1b_CNT_BLK", 184, Kind::Register),
    field("X_PM2_CNT_BLK", 196, Kind::Register),
    field("X_PM_TMR_BLK", 208, Kind::Register),
    field("X_GPE0_BLK", 220, Kind::Register),
    field("X_GPE1_BLK", 232, Kind::Register),
    field("SLEEP_CONTROL_REG", 244, Kind::Register),
    field("SLEEP_STATUS_REG", 256, Kind::Register),
    field("Hypervisor vendor", 268, Kind::Vendor),
];

impl Field {
    /// The field's value in `table`, to show; `None` where the table ends
    /// before it.
    #[must_use]
    pub fn value(self, table: &[u8]) -> Option<Value> {
        let at = self.offset;
        Some(match self.kind {
            Kind::Number8 => Value::Number(u64::from(u8_at(table, at)?)),
            Kind::Number16 => Value::Number(u64::from(u16_at(table, at)?)),
            Kind::Hex8 => Value::Hex(u64::from(u8_at(table, at)?)),
            Kind::Hex16 => Value::Hex(u64::from(u16_at(table, at)?)),
            Kind::Hex32 => Value::Hex(u64::from(u32_at(table, at)?)),
            Kind::Hex64 => Value::Hex(u64_at(table, at)?),
            Kind::Profile => Value::Profile(u8_at(table, at)?),
            Kind::Register => Value::Register(Gas::parse(table, at)?),
            Kind::Vendor => Value::Vendor(super::super::array(table, at)?),
        })
    }
}

/// A field's value; shows as a person reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A count or a number.
    Number(u64),
    /// An address or bits.
    Hex(u64),
    /// What kind of machine it is.
    Profile(u8),
    /// A register in any address space.
    Register(Gas),
    /// A hypervisor's name, eight bytes.
    Vendor([u8; 8]),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PROFILES: [&str; 9] = [
            "unspecified",
            "desktop",
            "mobile",
            "workstation",
            "enterprise server",
            "SOHO server",
            "appliance PC",
            "performance server",
            "tablet",
        ];
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Hex(number) => write!(f, "{number:#x}"),
            Self::Profile(number) => {
                let name = PROFILES.get(usize::from(*number)).unwrap_or(&"reserved");
                write!(f, "{number} ({name})")
            }
            Self::Register(gas) => gas.fmt(f),
            Self::Vendor(bytes) => super::super::sdt::text(bytes, f),
        }
    }
}

/// One bit of a field: its number, its name, and what it means when it is set.
pub type Bit = (u32, &'static str, &'static str);

/// The Flags field (Table 5.10).
pub const FLAGS: &[Bit] = &[
    (0, "WBINVD", "WBINVD writes the caches back and keeps memory coherent"),
    (1, "WBINVD_FLUSH", "WBINVD flushes the caches without emptying them"),
    (2, "PROC_C1", "C1 (HLT) works on all processors"),
    (3, "P_LVL2_UP", "C2 works on machines with several processors, too"),
    (4, "PWR_BUTTON", "the power button is a control method device, or absent"),
    (5, "SLP_BUTTON", "the sleep button is a control method device, or absent"),
    (6, "FIX_RTC", "the RTC's wake status is not in the fixed registers"),
    (7, "RTC_S4", "the RTC can wake the machine from S4"),
    (8, "TMR_VAL_EXT", "the PM timer counts in 32 bits, not 24"),
    (9, "DCK_CAP", "the machine can be docked"),
    (10, "RESET_REG_SUP", "there is a reset register"),
    (11, "SEALED_CASE", "the case cannot be opened"),
    (12, "HEADLESS", "no monitor and no keyboard can be attached"),
    (13, "CPU_SW_SLP", "an instruction must follow the write to SLP_TYP"),
    (14, "PCI_EXP_WAK", "PCI Express wake events are in the PM1 registers"),
    (15, "USE_PLATFORM_CLOCK", "use HPET or PM timer as the clock"),
    (16, "S4_RTC_STS_VALID", "RTC_STS is valid after waking from S4"),
    (17, "REMOTE_POWER_ON_CAPABLE", "the machine can be switched on remotely"),
    (18, "FORCE_APIC_CLUSTER_MODEL", "local APICs want the cluster model"),
    (19, "FORCE_APIC_PHYSICAL_DESTINATION_MODE", "local APICs want physical destinations"),
    (20, "HW_REDUCED_ACPI", "there are no PM1 registers"),
    (21, "LOW_POWER_S0_IDLE_CAPABLE", "idling saves as much power as S3"),
];

/// The IAPC_BOOT_ARCH field (Table 5.11).
pub const BOOT_ARCH: &[Bit] = &[
    (0, "LEGACY_DEVICES", "there are devices on an LPC or ISA bus"),
    (1, "8042", "there is a keyboard controller"),
    (2, "VGA Not Present", "do not look for VGA hardware"),
    (3, "MSI Not Supported", "do not use MSI"),
    (4, "PCIe ASPM Controls", "do not turn on ASPM"),
    (5, "CMOS RTC Not Present", "there is no CMOS clock"),
];

/// The bits of `value` that are set, with their names.
pub fn set_bits(bits: &'static [Bit], value: u32) -> impl Iterator<Item = &'static Bit> {
    bits.iter().filter(move |(bit, ..)| value >> bit & 1 != 0)
}

/// IAPC_BOOT_ARCH of a table, zero where it has none.
#[must_use]
pub fn boot_arch(table: &[u8]) -> u16 {
    u16_at(table, 109).unwrap_or(0)
}
