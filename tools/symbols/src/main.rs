//! `valhalla-symbols pack KERNEL OUT`: a copy of the kernel with its symbols.
//! `valhalla-symbols trace KERNEL LOG`: the log with its addresses explained.
//! `valhalla-symbols unpack TEXT`: the report in the text of its QR code.

use std::process::ExitCode;
use std::{env, fs};

use symbols::kernel::Kernel;
use symbols::{Outcome, image, report, table, trace};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["pack", kernel, out] => pack(kernel, out),
        ["trace", kernel, log] => explain(kernel, log),
        ["unpack", text] => unpack(text),
        _ => Err("use: valhalla-symbols pack KERNEL OUT | trace KERNEL LOG | unpack TEXT".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("symbols: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &str) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{path}: {error}").into())
}

/// A file that would not change is left alone, and so is what is made from it.
fn pack(path: &str, out: &str) -> Outcome {
    let file = read(path)?;
    let kernel = Kernel::read(&file, &env::current_dir()?)?;
    let table = table::pack(&kernel)?;
    let packed = image::with_table(&file, &table)?;
    if fs::read(out).is_ok_and(|old| old == packed) {
        return Ok(());
    }
    println!("symbols: {} functions in {} bytes", kernel.functions.len(), table.len());
    // Never half a kernel: written beside it, then moved over it.
    let draft = format!("{out}.new");
    fs::write(&draft, packed)?;
    fs::set_permissions(&draft, fs::metadata(path)?.permissions())?;
    fs::rename(&draft, out)?;
    Ok(())
}

fn explain(path: &str, log: &str) -> Outcome {
    let file = read(path)?;
    let kernel = Kernel::read(&file, &env::current_dir()?)?;
    // A serial log may hold bytes of a terminal that are no UTF-8.
    let log = read(log)?;
    print!("{}", trace::annotate(&kernel, &String::from_utf8_lossy(&log))?);
    Ok(())
}

fn unpack(text: &str) -> Outcome {
    let text = read(text)?;
    print!("{}", report::unpack(&String::from_utf8_lossy(&text))?);
    Ok(())
}
