//! Where the things to boot are: what `make` built, and the machine's firmware.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::door::Loader;
use crate::{Failure, Outcome, ensure};

/// The build directory: `VALHALLA_BUILD`, or `build` at the top of the workspace.
#[must_use]
pub fn build_dir() -> PathBuf {
    match env::var_os("VALHALLA_BUILD") {
        Some(dir) => workspace().join(dir),
        None => workspace().join("build"),
    }
}

/// The top of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

fn built(name: &str, target: &str) -> Outcome<PathBuf> {
    let path = build_dir().join(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure::new(format!("{} is not there; `make {target}` builds it", path.display())))
}

/// The kernel, an ELF file.
///
/// # Errors
/// When it was not built; the words name the make target.
pub fn kernel() -> Outcome<PathBuf> {
    built("valhalla", "build")
}

/// The kernel with the symbols that what is booted goes without.
///
/// # Errors
/// As [`kernel`].
pub fn debug_info() -> Outcome<PathBuf> {
    built("valhalla.debug", "build")
}

/// The shim, an ELF file that PVH and Multiboot2 loaders start.
///
/// # Errors
/// As [`kernel`].
pub fn shim() -> Outcome<PathBuf> {
    built("valhalla-shim", "build")
}

/// The ISO that GRUB boots.
///
/// # Errors
/// As [`kernel`].
pub fn grub_iso() -> Outcome<PathBuf> {
    built("valhalla-grub.iso", "iso BOOTLOADER=grub")
}

/// The ISO that Limine boots, if there is one: Limine is not on every machine.
/// `VALHALLA_LIMINE_ISO` names another one.
#[must_use]
pub fn limine_iso() -> Option<PathBuf> {
    let named = env::var_os("VALHALLA_LIMINE_ISO").map(|path| workspace().join(path));
    let path = named.unwrap_or_else(|| build_dir().join("valhalla-limine.iso"));
    path.is_file().then_some(path)
}

/// Makes an ISO like the one of `loader`, whose first entry has the command line
/// `cmdline`, at `to`.
///
/// # Errors
/// When the kernel was not built, or `tools/iso` fails, in its words.
pub fn iso_with_cmdline(loader: Loader, cmdline: &str, to: &Path) -> Outcome {
    let loader = match loader {
        Loader::Grub => "grub",
        Loader::Limine => "limine",
    };
    let mut make = Command::new(workspace().join("tools/iso"));
    make.args(["-t", "0", "-c", cmdline, loader]).arg(to).env("VALHALLA_BUILD", build_dir());
    let output = make.output()?;
    ensure(output.status.success(), || {
        format!("tools/iso: {}", String::from_utf8_lossy(&output.stderr))
    })
}

/// UEFI firmware for QEMU: code, and the variable store to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firmware {
    /// Read-only code.
    pub code: PathBuf,
    /// A template of the variables that each machine changes in a copy of its own.
    pub variables: PathBuf,
}

/// Where distributions put OVMF: directory, code, variables.
const OVMF: [(&str, &str, &str); 6] = [
    ("/usr/share/OVMF", "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"), // Debian, Ubuntu
    ("/usr/share/OVMF", "OVMF_CODE.fd", "OVMF_VARS.fd"),       // Debian 11, Ubuntu 20.04
    ("/usr/share/edk2/ovmf", "OVMF_CODE.fd", "OVMF_VARS.fd"),  // Fedora
    ("/usr/share/edk2/x64", "OVMF_CODE.4m.fd", "OVMF_VARS.4m.fd"), // Arch
    ("/usr/share/edk2-ovmf/x64", "OVMF_CODE.fd", "OVMF_VARS.fd"), // Arch, older
    ("/opt/homebrew/share/qemu", "edk2-x86_64-code.fd", "edk2-i386-vars.fd"), // macOS
];

/// Finds UEFI firmware; `OVMF_CODE` and `OVMF_VARS` in the environment name others.
///
/// # Errors
/// When there is none; the words name the packages.
pub fn ovmf() -> Outcome<Firmware> {
    if let (Some(code), Some(variables)) = (env::var_os("OVMF_CODE"), env::var_os("OVMF_VARS")) {
        return Ok(Firmware { code: code.into(), variables: variables.into() });
    }
    OVMF.iter()
        .map(|(dir, code, variables)| Firmware {
            code: Path::new(dir).join(code),
            variables: Path::new(dir).join(variables),
        })
        .find(|firmware| firmware.code.is_file() && firmware.variables.is_file())
        .ok_or_else(|| {
            Failure::new(
                "no UEFI firmware found: install ovmf (Debian) or edk2-ovmf (Fedora, Arch)",
            )
        })
}
