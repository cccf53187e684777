//! The report as a QR code, for a machine whose only way out is the screen.
//!
//! Whatever a report says is copied, without colours, into a static. When the
//! report is on the screen, the copy is compressed, encoded and shown in the
//! largest blank square at the right edge. Statics are the room to work in, so
//! that neither heap nor much stack is needed; nobody waits for them.
//! `valhalla_core::qr_text` has the format.

use crate::console::{self, Console, Page, Screen};
use crate::drivers::framebuffer::FramebufferConsole;
use core::fmt::{self, Write};
use qrcodegen_no_heap::{DataTooLong, QrCode, QrCodeEcc, QrSegment, Version};
use spin::Mutex;
use valhalla_core::qr_text::{MOST_CHARS, MOST_INPUT, Workshop};
use valhalla_core::text::Text;

/// Light modules around a code (ISO/IEC 18004, section 9.1).
const QUIET: usize = 4;
/// Pixels that a module has at least and at most: less does not photograph,
/// more does not help.
const SMALLEST: usize = 2;
const LARGEST: usize = 5;
/// A code of fewer modules holds too little of a report: version 8.
const FEWEST_MODULES: usize = 49;
const LARGEST_CODE: usize = Version::MAX.buffer_len();

static COPY: Mutex<Copy> = Mutex::new(Copy { text: Text::new(), in_escape: false });
static ROOM: Mutex<Room> = Mutex::new(Room {
    workshop: Workshop::new(),
    scratch: [0; LARGEST_CODE],
    code: [0; LARGEST_CODE],
});

/// A writer that is listened to: what it says will be in the code.
pub(super) struct Recorded<W>(pub(super) W);

impl Recorded<&mut Console> {
    /// As `Console::page`: the code gets what the screen has no room for, too.
    pub(super) fn page(&mut self) -> Recorded<Page<'_>> {
        Recorded(self.0.page())
    }
}

impl<W: Write> Write for Recorded<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if let Some(mut copy) = COPY.try_lock() {
            copy.take(text);
        }
        self.0.write_str(text)
    }
}

struct Copy {
    /// With room for one character more than can be packed: so a report that
    /// was cut here is seen to be too long there.
    text: Text<{ MOST_INPUT + 4 }>,
    in_escape: bool,
}

impl Copy {
    /// Appends `text` without escape sequences and the blank line before it.
    fn take(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\x1b' => self.in_escape = true,
                _ if self.in_escape => self.in_escape = !c.is_ascii_alphabetic(),
                '\n' if self.text.as_str().is_empty() => {}
                _ => self.text.push(c),
            }
        }
    }
}

/// Shows the code of the report; where there is no framebuffer, or no report,
/// or no room, nothing happens.
pub fn show() {
    // So that the shadow says what is blank.
    console::flush();
    let room = on_framebuffer(|framebuffer| {
        framebuffer.unpin();
        framebuffer.room()
    });
    if let (Some(side), Some(copy), Some(mut room)) = (room, COPY.try_lock(), ROOM.try_lock()) {
        // Outside the console's lock: a failure here costs the code and no more.
        if let Some(code) = room.encode(copy.text.as_str(), side) {
            on_framebuffer(|framebuffer| pin(&code, framebuffer));
        }
    }
}

/// Takes the code from the screen.
pub fn hide() {
    on_framebuffer(FramebufferConsole::unpin);
}

fn on_framebuffer<T>(draw: impl FnOnce(&mut FramebufferConsole) -> T) -> Option<T> {
    console::borrow_screen(|screen| match screen {
        Screen::Framebuffer(framebuffer) => Some(draw(framebuffer)),
        Screen::Vga(_) => None,
    })?
}

/// What an encoder needs, 41 KiB.
struct Room {
    workshop: Workshop,
    scratch: [u8; LARGEST_CODE],
    code: [u8; LARGEST_CODE],
}

impl Room {
    /// The code of as much of `report` as fits a square of `side` pixels.
    fn encode(&mut self, report: &str, side: usize) -> Option<QrCode<'_>> {
        let modules = (side / SMALLEST).checked_sub(2 * QUIET)?;
        if report.is_empty() || modules < FEWEST_MODULES {
            return None;
        }
        let largest = ((modules - 17) / 4).min(Version::MAX.value().into());
        let (len, correction, version) = self.fit(report, Version::new(largest as u8))?;
        let (code, scratch) = (&mut self.code, &mut self.scratch);
        Some(QrCode::encode_codewords(code, len, scratch, correction, version, None))
    }

    /// Leaves the code's data in `code`: their length, with the smallest version
    /// that has room, and the best error correction that this version has room for.
    fn fit(&mut self, report: &str, largest: Version) -> Option<(usize, QrCodeEcc, Version)> {
        // What the field for the length can say in the version at hand.
        let mut most = match largest.value() {
            ..=9 => 511,
            10..=26 => 2047,
            _ => MOST_CHARS,
        };
        // The first time it may not fit; then it is known what would.
        for _ in 0..2 {
            let text = self.workshop.pack(report, most)?;
            let segments = [QrSegment::make_alphanumeric(text, &mut self.scratch)];
            let code = &mut self.code;
            let low = QrCodeEcc::Low;
            match QrCode::encode_segments_to_codewords(
                &segments,
                code,
                low,
                Version::MIN,
                largest,
                true,
            ) {
                Ok(fit) => return Some(fit),
                Err(DataTooLong::DataOverCapacity(bits, capacity)) => {
                    most = (text.len() * capacity / bits).saturating_sub(2);
                }
                Err(DataTooLong::SegmentTooLong) => return None,
            }
        }
        None
    }
}

fn pin(code: &QrCode<'_>, framebuffer: &mut FramebufferConsole) {
    let squares = code.size() as usize + 2 * QUIET;
    let pixels = (framebuffer.room() / squares).min(LARGEST);
    // Outside the code it is light.
    let is_dark = |x, y| code.get_module(x as i32 - QUIET as i32, y as i32 - QUIET as i32);
    // Where the room has shrunk meanwhile, there is no code.
    let _ = framebuffer.pin(squares, pixels, is_dark);
}
