//! The kernel that was built, read back: every function and every line.
//!
//! Takes `valhalla.debug` from the build directory (`VALHALLA_BUILD`, or `build` at
//! the top of the workspace); `make test` builds it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};
use symbols::kernel::{Kernel, readable};
use symbols::{image, table, trace};
use valhalla_core::symbols::Symbols;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn built() -> Vec<u8> {
    built_as("valhalla.debug")
}

fn built_as(name: &str) -> Vec<u8> {
    let build = env::var_os("VALHALLA_BUILD").unwrap_or_else(|| "build".into());
    let path = workspace().join(build).join(name);
    fs::read(&path).unwrap_or_else(|_| panic!("{} is not there; `make build`", path.display()))
}

fn table_in(file: &[u8]) -> Vec<u8> {
    let elf = object::File::parse(file).unwrap();
    elf.section_by_name(".symbols").unwrap().data().unwrap().to_vec()
}

#[test]
fn the_image_has_the_table_of_its_own_functions() {
    let file = built();
    let kernel = Kernel::read(&file, &workspace()).unwrap();
    assert!(kernel.functions.len() > 300);
    assert!(table_in(&file) == table::pack(&kernel).unwrap());
}

#[test]
fn every_function_is_found_from_its_first_byte_to_its_last() {
    let file = built();
    let bytes = table_in(&file);
    let symbols = Symbols::parse(&bytes).unwrap();
    let elf = object::File::parse(&*file).unwrap();
    let mut count = 0;
    for symbol in elf.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
        let name = readable(symbol.name().unwrap());
        let (start, size) = (symbol.address(), symbol.size());
        for offset in [0, size / 2, size - 1] {
            let found = symbols.lookup(start + offset);
            let found = found.unwrap_or_else(|| panic!("{name}+{offset:#x} is not found"));
            assert_eq!((found.function.to_string(), found.offset), (name.clone(), offset));
        }
        count += 1;
    }
    assert_eq!(count, symbols.functions());
}

#[test]
fn every_byte_of_code_has_the_line_of_the_debug_information() {
    let file = built();
    let kernel = Kernel::read(&file, &workspace()).unwrap();
    let bytes = table_in(&file);
    let symbols = Symbols::parse(&bytes).unwrap();
    let (mut wrong, mut without) = (0, 0);
    let mut all = 0;
    for function in &kernel.functions {
        for address in function.start..function.start + function.size {
            let expected = kernel.line(address).unwrap();
            let found = symbols.lookup(address).unwrap();
            let found = found.file.map(|file| (file.to_string(), found.line.unwrap_or(0)));
            without += u64::from(expected.is_none());
            wrong += u64::from(found != expected.map(|place| (place.file, place.line)));
            all += 1;
        }
    }
    println!("{all} bytes of code, {without} of no line");
    assert_eq!(wrong, 0);
    assert!(without * 20 < all, "{without} of {all} bytes have no line");
}

#[test]
fn what_is_booted_has_the_table_and_nothing_for_tools() {
    for name in ["valhalla", "valhalla-shim"] {
        let file = built_as(name);
        let elf = object::File::parse(&*file).unwrap();
        assert_eq!(elf.symbols().count(), 0, "{name}");
        assert!(elf.section_by_name(".debug_info").is_none(), "{name}");
    }
    assert!(table_in(&built_as("valhalla")) == table_in(&built()));
}

#[test]
fn nothing_moves_when_the_table_is_put_in() {
    let file = built();
    let table = b"a table of another size".repeat(1000);
    let packed = image::with_table(&file, &table).unwrap();
    assert!(table_in(&packed) == table);
    let loaded = |file: &[u8]| {
        let elf = object::File::parse(file).unwrap();
        elf.sections()
            .filter(|section| section.address() != 0 && section.name() != Ok(".symbols"))
            .map(|section| (section.address(), section.data().unwrap().to_vec()))
            .collect::<Vec<_>>()
    };
    assert!(loaded(&file).len() >= 4);
    assert!(loaded(&file) == loaded(&packed));
}

#[test]
fn a_log_is_explained() {
    let file = built();
    let kernel = Kernel::read(&file, &workspace()).unwrap();
    let function =
        kernel.functions.iter().find(|f| f.name == "valhalla::report::panic::panic").unwrap();
    let log = format!("RIP {:#x} (kernel text)\n", function.start);
    let explained = trace::annotate(&kernel, &log).unwrap();
    assert!(explained.starts_with(&log));
    let place = "valhalla::report::panic::panic+0x0\n        \
                 kernel/src/report/panic.rs:";
    assert!(explained.contains(place), "{explained}");
}
