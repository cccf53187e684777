//! I/O ports of a PC: whose they are, and what their bits mean.
//!
//! For the prompt. Ports of the chip set stand where they stood in the IBM AT;
//! the rest is what virtual machines and serial lines have.

use crate::bits::{Field, flag, hex, number};

/// A port, or several in a row.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
    /// What it is.
    pub name: &'static str,
    /// Its bits, where reading it means something.
    pub fields: &'static [Field],
}

const fn ports(first: u16, last: u16, name: &'static str) -> Ports {
    Ports { first, last, name, fields: &[] }
}

const fn port(number: u16, name: &'static str, fields: &'static [Field]) -> Ports {
    Ports { first: number, last: number, name, fields }
}

/// 16550 line status (PC16550D data sheet, 8.6.3).
const LINE_STATUS: &[Field] = &[
    flag(0, "DR", "a byte has come"),
    flag(1, "OE", "a byte was lost"),
    flag(2, "PE", "parity error"),
    flag(3, "FE", "framing error"),
    flag(4, "BI", "the line is broken"),
    flag(5, "THRE", "room for a byte to send"),
    flag(6, "TEMT", "everything is sent"),
    flag(7, "ERR", "an error is in the FIFO"),
];

static TABLE: &[Ports] = &[
    ports(0x00, 0x1f, "DMA controller 1"),
    ports(0x20, 0x20, "8259 master: interrupt requests, or in service"),
    ports(0x21, 0x21, "8259 master: mask"),
    ports(0x40, 0x42, "8254 counter"),
    ports(0x43, 0x43, "8254 control"),
    ports(0x60, 0x60, "8042 data"),
    port(
        0x61,
        "system control port B",
        &[
            flag(0, "TIM2_EN", "counter 2 counts"),
            flag(1, "SPKR_EN", "counter 2 drives the speaker"),
            flag(2, "SERR_DIS", "no NMI from SERR#"),
            flag(3, "IOCHK_DIS", "no NMI from IOCHK#"),
            flag(4, "REFRESH", "toggles with each refresh"),
            flag(5, "TIM2_OUT", "output of counter 2"),
            flag(6, "IOCHK", "NMI from IOCHK#"),
            flag(7, "SERR", "NMI from SERR#"),
        ],
    ),
    port(
        0x64,
        "8042 status",
        &[
            flag(0, "OBF", "a byte waits to be read"),
            flag(1, "IBF", "a byte waits for the controller"),
            flag(2, "SYS", "it has passed its self test"),
            flag(3, "CMD", "the last byte written was a command"),
            flag(4, "INH", "the keyboard is not locked"),
            flag(5, "AUX", "the byte is the mouse's"),
            flag(6, "TIMEOUT", "the device did not answer in time"),
            flag(7, "PARITY", "parity error"),
        ],
    ),
    port(
        0x70,
        "CMOS index",
        &[hex(0, 6, "INDEX", "register"), flag(7, "NMI_DIS", "NMIs are blocked")],
    ),
    ports(0x71, 0x71, "CMOS data"),
    ports(0x80, 0x80, "POST code"),
    ports(0x81, 0x8f, "DMA page"),
    port(
        0x92,
        "system control port A",
        &[flag(0, "RESET", "resets when it is set"), flag(1, "A20", "address line 20 is open")],
    ),
    ports(0xa0, 0xa0, "8259 slave: interrupt requests, or in service"),
    ports(0xa1, 0xa1, "8259 slave: mask"),
    ports(0xb2, 0xb2, "APM control: a write calls system management mode"),
    ports(0xb3, 0xb3, "APM status"),
    ports(0xc0, 0xdf, "DMA controller 2"),
    ports(0xe9, 0xe9, "Bochs debug console"),
    ports(0xf4, 0xf7, "QEMU exit device, where it is"),
    ports(0x170, 0x177, "IDE secondary"),
    ports(0x1ce, 0x1cf, "Bochs display interface"),
    ports(0x1f0, 0x1f7, "IDE primary"),
    ports(0x278, 0x27a, "LPT2"),
    port(0x2fd, "COM2 line status", LINE_STATUS),
    ports(0x2f8, 0x2ff, "COM2"),
    ports(0x378, 0x37a, "LPT1"),
    ports(0x3b0, 0x3bb, "VGA, monochrome"),
    ports(0x3c0, 0x3df, "VGA"),
    ports(0x3f0, 0x3f7, "floppy controller"),
    port(0x3fd, "COM1 line status", LINE_STATUS),
    ports(0x3f8, 0x3ff, "COM1"),
    ports(0x4d0, 0x4d1, "8259 edge or level (ELCR)"),
    ports(0x510, 0x51b, "QEMU fw_cfg"),
    port(
        0xcf8,
        "PCI configuration address",
        &[
            hex(0, 7, "REGISTER", "offset"),
            number(8, 10, "FUNCTION", "of the device"),
            number(11, 15, "DEVICE", "on the bus"),
            number(16, 23, "BUS", "in segment 0"),
            flag(31, "ENABLE", "data is a configuration cycle"),
        ],
    ),
    ports(0xcf9, 0xcf9, "reset control"),
    ports(0xcfc, 0xcff, "PCI configuration data"),
];

/// Whose the port is, if it is one that is known.
#[must_use]
pub fn describe(port: u16) -> Option<&'static Ports> {
    TABLE.iter().find(|ports| (ports.first..=ports.last).contains(&port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_fits_is_meant() {
        assert_eq!(describe(0x3fd).unwrap().name, "COM1 line status");
        assert_eq!(describe(0x3f8).unwrap().name, "COM1");
        assert_eq!(describe(0x64).unwrap().fields.len(), 8);
        assert!(describe(0x1234).is_none());
    }

    #[test]
    fn every_row_can_be_found() {
        for ports in TABLE {
            assert!(ports.first <= ports.last);
            assert_eq!(describe(ports.first).unwrap().name, ports.name, "{:#x}", ports.first);
            for field in ports.fields {
                assert!(field.line(0).to_string().len() <= 75);
            }
        }
    }
}
