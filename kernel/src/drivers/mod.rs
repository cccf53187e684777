//! Devices: serial line, keyboard, and the two kinds of screen.
//!
//! A device is one small file with a way to start it that also answers "is it
//! there?". Every wait is bounded: a device that is missing, or dies later,
//! costs a moment and a line in the log, never the boot. A missing device reads
//! as all ones, which most status registers would call "ready", so each probe
//! makes the device *do* something before it is believed.
//!
//! | file | device | started by |
//! | --- | --- | --- |
//! | [`serial`] | 16550 UART | [`serial::Serial::probe`] |
//! | [`ps2`] | 8042 controller and keyboard | [`ps2::init`] |
//! | [`pci`] | the PCI functions | nobody: looked for on demand |
//! | [`edu`], [`rocker`] | QEMU's educational device, its switch | their commands |
//! | [`vga_text`] | VGA text mode, 80x25 | [`vga_text::VgaText::start`] |
//! | [`framebuffer`] | linear framebuffer, text drawn with [`font`] | [`framebuffer::open`] |
//!
//! The screens' memory windows come in mapped (`memory::mmio`, called by
//! `console::Screen`); a PCI driver maps its own. Interrupt handlers move a byte into a lock-free ring and leave.

pub mod edu;
pub mod font;
pub mod framebuffer;
pub mod msix;
pub mod pci;
pub mod ps2;
pub mod registers;
pub mod rocker;
pub mod serial;
pub mod vga_text;
