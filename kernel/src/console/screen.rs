//! The screen: VGA text or a framebuffer, whichever the machine gave.

use crate::boot::{BootInfo, Firmware};
use crate::drivers::framebuffer::{self, FramebufferConsole, FramebufferError};
use crate::drivers::vga_text::adapter::Adapter;
use crate::drivers::vga_text::mode::ModeError;
use crate::drivers::vga_text::{LEGACY_WINDOW, LEGACY_WINDOW_BYTES, VgaText};
use crate::memory::mmio::{self, MmioError};
use crate::memory::{Caching, early};
use core::fmt;
use valhalla_core::options::{ConsoleChoice, Options};
use valhalla_core::terminal::{Cell, Cursor, Display, Scrolled};

/// A display that shows the terminal's cells.
#[derive(Debug)]
pub enum Screen {
    /// 80x25 characters in the adapter's text mode.
    Vga(VgaText),
    /// Cells drawn with a bitmap font.
    Framebuffer(FramebufferConsole),
}

/// Why there is no screen.
#[derive(Clone, Copy, Debug)]
pub enum NoScreen {
    /// The command line says `console=serial`.
    NotWanted,
    /// The adapter cannot be brought into text mode, and there is no framebuffer.
    NoText(ModeError),
    /// The loader gave no framebuffer.
    NoFramebuffer,
    /// The framebuffer makes no sense.
    Framebuffer(FramebufferError),
    /// The adapter's memory cannot be mapped.
    Map(MmioError),
}

impl fmt::Display for NoScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWanted => f.write_str("the command line says console=serial"),
            Self::NoText(error) => write!(f, "{error}"),
            Self::NoFramebuffer => f.write_str("the boot loader gave no framebuffer"),
            Self::Framebuffer(error) => write!(f, "{error}"),
            Self::Map(error) => write!(f, "{error}"),
        }
    }
}

impl Screen {
    /// The screen that `choice` asks for; where that cannot be had, the other
    /// kind, because a person in front of it wants to read something.
    ///
    /// By itself the kernel takes VGA text on a BIOS machine whose adapter it
    /// knows, and the framebuffer everywhere else. Where the loader set up no
    /// framebuffer, an adapter of unknown make may be in text mode already.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn open(boot: &BootInfo, choice: ConsoleChoice) -> Result<Self, NoScreen> {
        let vga_first = match choice {
            ConsoleChoice::Serial => return Err(NoScreen::NotWanted),
            ConsoleChoice::Vga => true,
            ConsoleChoice::Framebuffer => false,
            ConsoleChoice::Auto => boot.firmware != Firmware::Uefi,
        };
        let forced = choice != ConsoleChoice::Auto;
        let (first, second): (Open, Open) =
            if vga_first { (open_vga, open_framebuffer) } else { (open_framebuffer, open_vga) };
        first(boot).or_else(|reason| {
            if forced {
                log::warn!("{reason}; trying another screen");
            }
            second(boot).map_err(|_| reason)
        })
    }

    /// A screen for the last words of a boot that ends before [`Screen::open`]: the
    /// loader's framebuffer, or VGA text where there is none.
    ///
    /// # Safety
    ///
    /// Nothing else may use the adapter, now or later.
    pub(super) unsafe fn open_early(boot: &BootInfo) -> Option<Self> {
        if Options::parse(boot.cmdline.as_str()).console == ConsoleChoice::Serial {
            return None;
        }
        if let Some(info) = &boot.framebuffer {
            let bytes = u64::from(info.pitch) * u64::from(info.height);
            let memory = early::reach(boot, info.physical, bytes, Caching::WriteCombining)?;
            // SAFETY: it is mapped, all of it, and nobody else draws: the caller's promise.
            let screen = unsafe { framebuffer::open(info, memory, bytes as usize) };
            return screen.ok().map(Self::Framebuffer);
        }
        let window = early::reach(boot, LEGACY_WINDOW, LEGACY_WINDOW_BYTES, Caching::Uncached)?;
        // SAFETY: as above; where it is cached, the MTRRs keep it uncached.
        unsafe { VgaText::start(window, None) }.ok().map(|(vga, _)| Self::Vga(vga))
    }

    /// What a person calls it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Vga(_) => "VGA text",
            Self::Framebuffer(_) => "framebuffer",
        }
    }
}

type Open = fn(&BootInfo) -> Result<Screen, NoScreen>;

/// VGA text, on an adapter that is known or in text mode already.
fn open_vga(boot: &BootInfo) -> Result<Screen, NoScreen> {
    let window = mmio::map(LEGACY_WINDOW, LEGACY_WINDOW_BYTES, Caching::Uncached, "VGA memory")
        .map_err(NoScreen::Map)?
        .leak();
    // SAFETY: the window was mapped just now, for good, and only the one
    // screen that this returns uses the adapter.
    match unsafe { VgaText::start(window, boot.framebuffer.as_ref()) } {
        Ok((vga, adapter)) => {
            match adapter {
                Adapter::UnknownVga => log::info!("{adapter}, in text mode already"),
                _ => log::info!("{adapter} set to text mode"),
            }
            Ok(Screen::Vga(vga))
        }
        Err(error) => Err(NoScreen::NoText(error)),
    }
}

fn open_framebuffer(boot: &BootInfo) -> Result<Screen, NoScreen> {
    let info = boot.framebuffer.ok_or(NoScreen::NoFramebuffer)?;
    let bytes = u64::from(info.pitch) * u64::from(info.height);
    let memory = mmio::map(info.physical, bytes, Caching::WriteCombining, "framebuffer")
        .map_err(NoScreen::Map)?
        .leak();
    // SAFETY: mapped just now, all of it, for good; only this screen draws.
    unsafe { framebuffer::open(&info, memory, bytes as usize) }
        .and_then(FramebufferConsole::with_shadow)
        .map(Screen::Framebuffer)
        .map_err(NoScreen::Framebuffer)
}

impl Display for Screen {
    fn size(&self) -> (usize, usize) {
        match self {
            Self::Vga(vga) => vga.size(),
            Self::Framebuffer(framebuffer) => framebuffer.size(),
        }
    }

    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]) {
        match self {
            Self::Vga(vga) => vga.draw(row, col, cells),
            Self::Framebuffer(framebuffer) => framebuffer.draw(row, col, cells),
        }
    }

    fn scroll_up(&mut self, lines: usize, fill: Cell) -> Scrolled {
        match self {
            Self::Vga(vga) => vga.scroll_up(lines, fill),
            Self::Framebuffer(framebuffer) => framebuffer.scroll_up(lines, fill),
        }
    }

    fn cursor(&mut self, row: usize, col: usize, cursor: Cursor) {
        match self {
            Self::Vga(vga) => vga.cursor(row, col, cursor),
            Self::Framebuffer(framebuffer) => framebuffer.cursor(row, col, cursor),
        }
    }
}
