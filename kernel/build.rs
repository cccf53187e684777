//! Hands the linker script to the linker; it lies at the top of the workspace.

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../linker-x86_64.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-T{script}");
}
