//! One kernel: every image carries the very file that was built.

use std::fs;
use std::path::Path;

use harness::door::NO_LIMINE;
use harness::{Failure, Outcome, ensure, images, menu};
use libtest_mimic::{Completion, Trial};
use sha2::{Digest, Sha256};

use crate::{failed, test};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        test("images::grub_iso_carries_the_same_kernel", || same_kernel(&images::grub_iso()?)),
        Trial::ignorable_test("images::limine_iso_carries_the_same_kernel", || {
            let Some(iso) = images::limine_iso() else {
                return Ok(Completion::ignored_with(NO_LIMINE));
            };
            same_kernel(&iso).map(|()| Completion::Completed).map_err(failed)
        }),
    ]
}

fn same_kernel(iso: &Path) -> Outcome {
    let built = sha256(&images::kernel()?)?;
    let copy = std::env::temp_dir().join(format!(
        "valhalla-kernel-{}-{}",
        std::process::id(),
        iso.file_name().unwrap_or_default().display()
    ));
    menu::extract(iso, "/boot/valhalla", &copy)?;
    let found = sha256(&copy);
    fs::remove_file(&copy)?;
    let found = found?;
    println!("{found}  {}:/boot/valhalla", iso.display());
    ensure(found == built, || format!("{} has kernel {found}, built is {built}", iso.display()))
}

fn sha256(file: &Path) -> Outcome<String> {
    let bytes = fs::read(file).map_err(|error| Failure::from(error).during(file.display()))?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
