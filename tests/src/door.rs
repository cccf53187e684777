//! The doors into the kernel: every loader, firmware and medium that boots it.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::menu::Entry;
use crate::{Outcome, cloop, images, seconds};

/// A way to boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// QEMU's own loader starts the shim, which starts the kernel.
    Pvh,
    /// An ISO.
    Iso(Loader, Firmware, Medium),
}

/// A boot loader on an ISO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loader {
    /// GRUB, which starts the shim, which starts the kernel.
    Grub,
    /// Limine, which starts the kernel itself.
    Limine,
}

/// What runs before the loader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    /// SeaBIOS.
    Bios,
    /// OVMF.
    Uefi,
}

/// What the ISO is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// A CD-ROM.
    Cd,
    /// A USB stick.
    Usb(Controller),
}

/// A USB controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controller {
    /// USB 1.
    Uhci,
    /// USB 2.
    Ehci,
    /// USB 3.
    Xhci,
}

impl Controller {
    /// QEMU's name for one.
    fn device(self) -> &'static str {
        match self {
            Self::Uhci => "piix3-usb-uhci",
            Self::Ehci => "usb-ehci",
            Self::Xhci => "qemu-xhci",
        }
    }
}

/// Why a Limine test did not run; it counts as skipped, never as passed.
pub const NO_LIMINE: &str = "Limine not found";

impl Door {
    /// GRUB from a CD under BIOS.
    pub const GRUB_BIOS: Self = Self::Iso(Loader::Grub, Firmware::Bios, Medium::Cd);
    /// GRUB from a CD under UEFI.
    pub const GRUB_UEFI: Self = Self::Iso(Loader::Grub, Firmware::Uefi, Medium::Cd);
    /// Limine from a CD under BIOS.
    pub const LIMINE_BIOS: Self = Self::Iso(Loader::Limine, Firmware::Bios, Medium::Cd);
    /// Limine from a CD under UEFI.
    pub const LIMINE_UEFI: Self = Self::Iso(Loader::Limine, Firmware::Uefi, Medium::Cd);

    /// Every door there is.
    #[must_use]
    pub fn all() -> Vec<Self> {
        use Controller::{Ehci, Uhci, Xhci};
        use Firmware::{Bios, Uefi};
        use Medium::{Cd, Usb};
        let isos = [Loader::Grub, Loader::Limine].into_iter().flat_map(|loader| {
            [Cd, Usb(Xhci), Usb(Ehci), Usb(Uhci)].into_iter().flat_map(move |medium| {
                [Bios, Uefi].map(|firmware| Self::Iso(loader, firmware, medium))
            })
        });
        [Self::Pvh].into_iter().chain(isos).collect()
    }

    /// Why this door cannot be tried on this machine, if so. Only Limine may be
    /// missing: everything else is an error when it is not there.
    #[must_use]
    pub fn closed(self) -> Option<&'static str> {
        let limine = matches!(self, Self::Iso(Loader::Limine, _, _));
        (limine && images::limine_iso().is_none()).then_some(NO_LIMINE)
    }

    /// How long a boot to the prompt may take on a machine that is busy.
    #[must_use]
    pub fn bound(self) -> Duration {
        match self {
            Self::Pvh => seconds(60),
            Self::Iso(_, Firmware::Bios, _) => seconds(60),
            Self::Iso(_, Firmware::Uefi, _) => seconds(150),
        }
    }

    /// Adds QEMU's arguments; `dir` is the machine's own directory.
    pub(crate) fn arguments(
        self,
        qemu: &mut Command,
        kernel: Option<&Path>,
        cmdline: &str,
        entry: Entry,
        dir: &Path,
    ) -> Outcome {
        let Self::Iso(loader, firmware, medium) = self else {
            qemu.arg("-kernel").arg(images::shim()?);
            qemu.arg("-initrd").arg(kernel.map_or_else(images::kernel, |path| Ok(path.into()))?);
            qemu.args(["-append", cmdline]);
            return Ok(());
        };
        let iso = match (kernel, loader) {
            (Some(image), _) => image.to_owned(),
            (None, Loader::Grub) => images::grub_iso()?,
            (None, Loader::Limine) => images::limine_iso().ok_or_else(|| NO_LIMINE.to_owned())?,
        };
        let iso = match entry {
            Entry::Ordinary => iso,
            other => other.image(loader, &iso, dir)?,
        };
        if firmware == Firmware::Uefi {
            let ovmf = images::ovmf()?;
            let variables = dir.join("variables.fd");
            fs::copy(&ovmf.variables, &variables)?;
            for (path, readonly) in [(&ovmf.code, "on"), (&variables, "off")] {
                let path = path.display();
                qemu.arg("-drive");
                qemu.arg(format!("if=pflash,format=raw,readonly={readonly},file={path}"));
            }
        }
        match medium {
            Medium::Cd => {
                qemu.arg("-cdrom").arg(iso);
            }
            Medium::Usb(controller) => {
                let (drive, frames) = match (firmware, controller) {
                    // The only two that read amiss together; `cloop` says why.
                    (Firmware::Bios, Controller::Uhci) => {
                        let packed = dir.join("stick.cloop");
                        fs::write(&packed, cloop::packed(&fs::read(iso)?)?)?;
                        (
                            format!("driver=cloop,read-only=on,file={}", packed.display()),
                            ",maxframes=1",
                        )
                    }
                    // Writable, as sticks are; what is written goes to a file of QEMU's own.
                    _ => (format!("format=raw,snapshot=on,file={}", iso.display()), ""),
                };
                qemu.arg("-drive").arg(format!("if=none,id=stick,{drive}"));
                qemu.arg("-device").arg(format!("{},id=usb{frames}", controller.device()));
                qemu.args(["-device", "usb-storage,bus=usb.0,drive=stick"]);
            }
        }
        Ok(())
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Iso(loader, firmware, medium) = self else {
            return f.write_str("pvh");
        };
        f.write_str(match loader {
            Loader::Grub => "grub",
            Loader::Limine => "limine",
        })?;
        f.write_str(match firmware {
            Firmware::Bios => "_bios",
            Firmware::Uefi => "_uefi",
        })?;
        f.write_str(match medium {
            Medium::Cd => "",
            Medium::Usb(Controller::Uhci) => "_usb_uhci",
            Medium::Usb(Controller::Ehci) => "_usb_ehci",
            Medium::Usb(Controller::Xhci) => "_usb_xhci",
        })
    }
}
