//! The UART's registers by their names in the PC16550D data sheet, section 8.

/// RBR (read): the oldest received byte. THR (write): a byte to send. With
/// [`LCR_DLAB`] set: DLL, the divisor's low byte.
pub const DATA: u16 = 0;
/// Interrupt enable register. With [`LCR_DLAB`] set: DLM, the divisor's high byte.
pub const IER: u16 = 1;
/// FIFO control register (write).
pub const FCR: u16 = 2;
/// Interrupt identification register (read).
pub const IIR: u16 = 2;
/// Line control register: the frame's shape.
pub const LCR: u16 = 3;
/// Modem control register.
pub const MCR: u16 = 4;
/// Line status register.
pub const LSR: u16 = 5;
/// Modem status register (read).
pub const MSR: u16 = 6;
/// Scratch register: holds a byte and does nothing. The 8250 has none.
pub const SCR: u16 = 7;

/// IER: interrupt when received data waits.
pub const IER_ERBFI: u8 = 1 << 0;
/// FCR: FIFOs on, receive interrupt at 14 of 16 bytes (or after four characters'
/// silence). Without the bits that clear them: a byte may wait there.
pub const FCR_ON_TRIGGER_14: u8 = 0xc1;
/// IIR: both bits set say that the FIFOs are on and work; bit 7 alone is the
/// first 16550, whose FIFOs lose bytes.
pub const IIR_FIFO: u8 = 0xc0;
/// IIR: FIFOs that are on and do not work.
pub const IIR_FIFO_BROKEN: u8 = 0x80;
/// LCR: data bits less five.
pub const LCR_WORD_LENGTH: u8 = 0b11;
/// LCR: two stop bits in place of one.
pub const LCR_STOP: u8 = 1 << 2;
/// LCR: a parity bit.
pub const LCR_PARITY: u8 = 1 << 3;
/// LCR: even parity in place of odd.
pub const LCR_EVEN: u8 = 1 << 4;
/// LCR: eight data bits, no parity, one stop bit.
pub const LCR_8N1: u8 = 0x03;
/// LCR: divisor latch access; ports 0 and 1 become the divisor.
pub const LCR_DLAB: u8 = 1 << 7;
/// MCR: data terminal ready, request to send, and OUT2, which on a PC connects
/// the UART to the interrupt controller.
pub const MCR_DTR_RTS_OUT2: u8 = 0x0b;
/// MCR: data terminal ready.
pub const MCR_DTR: u8 = 1 << 0;
/// MCR: request to send.
pub const MCR_RTS: u8 = 1 << 1;
/// MCR: an output that a PC does not use.
pub const MCR_OUT1: u8 = 1 << 2;
/// MCR: see [`MCR_DTR_RTS_OUT2`].
pub const MCR_OUT2: u8 = 1 << 3;
/// MCR: loopback; the outputs are led to the inputs, and nothing is received.
pub const MCR_LOOP: u8 = 1 << 4;
/// MSR: the inputs as they are.
pub const MSR_INPUTS: u8 = 0xf0;
/// MSR: clear to send; in loopback, RTS.
pub const MSR_CTS: u8 = 1 << 4;
/// MSR: data set ready; in loopback, DTR.
pub const MSR_DSR: u8 = 1 << 5;
/// MSR: ring indicator; in loopback, OUT1.
pub const MSR_RI: u8 = 1 << 6;
/// MSR: data carrier detect; in loopback, OUT2.
pub const MSR_DCD: u8 = 1 << 7;
/// LSR: received data waits in RBR.
pub const LSR_DR: u8 = 1 << 0;
/// LSR: a byte was lost because nobody fetched the one before.
pub const LSR_OE: u8 = 1 << 1;
/// LSR: the byte in RBR came with a wrong parity bit.
pub const LSR_PE: u8 = 1 << 2;
/// LSR: the byte in RBR had no stop bit.
pub const LSR_FE: u8 = 1 << 3;
/// LSR: the line was held low for longer than a byte; a zero stands in RBR.
pub const LSR_BI: u8 = 1 << 4;
/// LSR: the transmit FIFO is empty.
pub const LSR_THRE: u8 = 1 << 5;
/// LSR: the FIFO and the shift register are empty.
pub const LSR_TEMT: u8 = 1 << 6;
/// Value that a port without a device reads.
pub const ABSENT: u8 = 0xff;

/// 1.8432 MHz divided by 16: the rate at a divisor of 1, in baud.
pub const BASE_RATE: u32 = 115_200;
