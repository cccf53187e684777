//! The images: each carries the very kernel that was built, in tables that strict firmware takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use harness::boot_catalog::{self, Platform};
use harness::door::{Door, Loader};
use harness::machine::Recipe;
use harness::menu::Entry;
use harness::partitions::{self, Partition};
use harness::{Failure, Outcome, ensure, fat, images, menu};
use libtest_mimic::Trial;
use sha2::{Digest, Sha256};

use crate::test_at;

/// What is asked of each image.
type Check = fn(&Path) -> Outcome;

pub(crate) fn trials() -> Vec<Trial> {
    let checks: [(&str, Check); 4] = [
        ("carries_the_same_kernel", same_kernel),
        ("has_one_active_partition_and_no_half_gpt", partition_tables),
        ("boots_as_a_cd_on_bios_and_uefi", catalog),
        ("has_an_esp_and_a_log_that_fsck_takes", file_systems),
    ];
    let of_loader = |(name, door): (&'static str, Door)| {
        checks.map(|(what, check)| {
            test_at(door, format!("images::{name}_iso_{what}"), move |door| check(&image(door)?))
        })
    };
    let damaged = test_at(
        Door::LIMINE_BIOS,
        "images::a_kernel_that_limine_reads_wrongly_is_said",
        a_damaged_kernel_is_said,
    );
    [("grub", Door::GRUB_BIOS), ("limine", Door::LIMINE_BIOS)]
        .into_iter()
        .flat_map(of_loader)
        .chain([damaged])
        .collect()
}

fn image(door: Door) -> Outcome<PathBuf> {
    match door {
        Door::Iso(Loader::Limine, ..) => {
            images::limine_iso().ok_or_else(|| Failure::new("no Limine image"))
        }
        _ => images::grub_iso(),
    }
}

/// Types of the three partitions: ISO 9660 (hidden from Windows), ESP, FAT12 for the log.
const KINDS: [u8; 3] = [0x17, 0xef, 0x01];

/// The three partitions of an image.
fn partitions_of(image: &[u8]) -> Outcome<[Partition; 3]> {
    let found = partitions::mbr(image)?;
    let [iso, esp, log] = found[..] else {
        return Err(Failure::new(format!("not three partitions: {found:x?}")));
    };
    let kinds = [iso, esp, log].map(|partition| partition.kind);
    ensure(kinds == KINDS, || format!("types {kinds:x?}"))?;
    Ok([iso, esp, log])
}

fn partition_tables(iso: &Path) -> Outcome {
    let image = fs::read(iso)?;
    let [first, ..] = partitions_of(&image)?;
    ensure(first.active, || format!("not the first is active: {first:x?}"))?;
    // It can be mounted by itself: sector 16 of it is a volume descriptor.
    let inside = &image[first.bytes()];
    ensure(inside[16 * 2048..][1..6] == *b"CD001", || "no ISO 9660 in partition 1".into())?;
    let gpt = partitions::gpt(&image)?;
    println!("{}: GPT: {gpt:?}", iso.display());
    Ok(())
}

fn catalog(iso: &Path) -> Outcome {
    let image = fs::read(iso)?;
    let entries = boot_catalog::read(&image)?;
    let [bios, efi] = entries[..] else {
        return Err(Failure::new(format!("not two entries: {entries:x?}")));
    };
    // A BIOS loads 2 KiB, and the rest is loaded by what lies in them.
    ensure((bios.platform, bios.count) == (Platform::Bios, 4), || format!("{bios:x?}"))?;
    // CD and stick share the ESP.
    let [_, esp, _] = partitions_of(&image)?;
    ensure(efi.platform == Platform::Efi && efi.start == esp.bytes().start, || {
        format!("{efi:x?}")
    })?;
    ensure(efi.count == esp.count as usize, || format!("{efi:x?} is not the whole of {esp:x?}"))
}

/// Size of `VALHALLA.LOG`.
const LOG_BYTES: usize = 1 << 20;

fn file_systems(iso: &Path) -> Outcome {
    let image = fs::read(iso)?;
    let [_, esp, log] = partitions_of(&image)?;
    for (name, partition) in [("esp", esp), ("log", log)] {
        fsck(name, &image[partition.bytes()])?;
    }
    ensure(log.bytes().len() == 2 << 20, || format!("the log's partition: {log:x?}"))?;
    let volume = &image[log.bytes()];
    let file = fat::contiguous(volume, b"VALHALLALOG")?;
    ensure(file.len() == LOG_BYTES, || format!("VALHALLA.LOG: {} bytes", file.len()))?;
    let text = &volume[file];
    ensure(text.starts_with(b"Nothing has been saved here yet.\n"), || "another text".into())?;
    ensure(text.is_ascii() && !text.contains(&0), || "not text".into())
}

/// Has `fsck.fat` look at a volume, which it does not change.
fn fsck(name: &str, volume: &[u8]) -> Outcome {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let file = format!("valhalla-{name}-{}-{number}.fat", std::process::id());
    let file = std::env::temp_dir().join(file);
    fs::write(&file, volume)?;
    // A user who is not root has no sbin in PATH.
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let mut command = Command::new("sh");
    command.args(["-c", "exec fsck.fat -n -v \"$0\""]).arg(&file).env("PATH", path);
    let output = command.output()?;
    fs::remove_file(&file)?;
    ensure(output.status.success(), || {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        format!("fsck.fat: {name}: {said}{}", String::from_utf8_lossy(&output.stderr))
    })
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

/// A stick or CD that is read wrongly starts no kernel that is another.
fn a_damaged_kernel_is_said(door: Door) -> Outcome {
    let mut machine = Recipe::new(door).entry(Entry::DamagedKernel).boot()?;
    let words = "Blake2b hash for URI `boot():/boot/valhalla` does not match!";
    machine.serial()?.wait_for(words, door.bound()).map(drop)
}

fn sha256(file: &Path) -> Outcome<String> {
    let bytes = fs::read(file).map_err(|error| Failure::from(error).during(file.display()))?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
