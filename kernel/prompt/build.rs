//! Tells `about` which compiler and which crates the kernel is built from.

use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo:rustc-env=VALHALLA_RUSTC={}", compiler());
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    println!("cargo:rerun-if-changed={lock}");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    println!("cargo:rustc-env=VALHALLA_CRATES={}", crates(&lock).join(", "));
}

/// `rustc 1.95.0`: the date behind it would be that of a nightly.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let words: Vec<_> = text.unwrap_or_default().split(' ').take(2).map(str::to_owned).collect();
    words.join(" ")
}

/// The crates that the kernel is linked from by name: `spin 0.12.3`.
fn crates(lock: &str) -> Vec<String> {
    let mut names = Vec::new();
    for package in ["core", "base", "firmware", "machine", "prompt"] {
        names.extend(dependencies(&format!(
            "{}/../{package}/Cargo.toml",
            env!("CARGO_MANIFEST_DIR")
        )));
    }
    names.sort();
    names.dedup();
    names
        .iter()
        .filter(|name| !name.starts_with("valhalla-"))
        .filter_map(|name| {
            let package = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
            Some(format!("{name} {}", package.split('"').next()?))
        })
        .collect()
}

/// The names under `[dependencies]`: not what only tests need.
fn dependencies(manifest: &str) -> Vec<String> {
    println!("cargo:rerun-if-changed={manifest}");
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let section = text.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| Some(line.split(['.', ' ', '=']).next()?.to_owned()))
        .filter(|name| !name.is_empty())
        .collect()
}
