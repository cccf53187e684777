//! `_OSI`, `_OS` and `_REV`: what the firmware is told about the system.

/// Interfaces of Windows that `_OSI` says yes to, as Linux does. Firmware is tested
/// with Windows and takes its known ways when it thinks it sees it.
const INTERFACES: &[&str] = &[
    "Windows 2000",
    "Windows 2001",
    "Windows 2001 SP1",
    "Windows 2001.1",
    "Windows 2001 SP2",
    "Windows 2001.1 SP1",
    "Windows 2006",
    "Windows 2006.1",
    "Windows 2006 SP1",
    "Windows 2006 SP2",
    "Windows 2009",
    "Windows 2012",
    "Windows 2013",
    "Windows 2015",
    "Windows 2016",
    "Windows 2017",
    "Windows 2017.2",
    "Windows 2018",
    "Windows 2018.2",
    "Windows 2019",
    "Windows 2020",
    "Windows 2021",
    "Windows 2022",
    "Extended Address Space Descriptor",
];

/// Tells whether an interface is one that Windows up to 2022 has.
#[must_use]
pub fn is_windows_interface(name: &[u8]) -> bool {
    INTERFACES.iter().any(|interface| interface.as_bytes() == name)
}

/// What the operator `Revision` gives: the version of ACPICA whose behaviour is
/// followed, as its interpreter does.
pub(crate) const ACPICA_REVISION: u64 = 0x2020_0925;

/// The value of `_OS`, which firmware before `_OSI` asked.
pub(crate) const OS_NAME: &str = "Microsoft Windows NT";

/// The value of `_REV`: all systems answer 2, whatever their version of ACPI,
/// since firmware takes other numbers for a sign of Linux.
pub(crate) const REVISION: u64 = 2;
