//! `version`: the kernel, who loaded it, and by which way.

use crate::shell::command::{Command, CommandError, Group, Reach, Session, expect_none};
use crate::{console, println};

pub(super) static COMMAND: Command = Command {
    name: "version",
    aliases: &[],
    group: Group::General,
    usage: "",
    summary: "kernel, loader, firmware and the way it was booted",
    example: "version    kernel, boot loader, firmware",
    words: &[],
    reach: Reach::Bulk,
    run,
};

fn run(session: &mut Session<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    expect_none(arguments)?;
    let boot = &session.machine.boot;
    println!("Valhalla OS {}", env!("CARGO_PKG_VERSION"));
    println!("  loader    {}", boot.loader);
    println!("  firmware  {}", boot.firmware);
    println!(
        "  kernel    loaded at {:#x}, runs at {:#x}",
        boot.kernel_physical_base, boot.kernel_virtual_base
    );
    println!(
        "  options   {}",
        if boot.cmdline.as_str().is_empty() { "none" } else { boot.cmdline.as_str() }
    );
    println!("  console   {}", console::describe());
    Ok(())
}
