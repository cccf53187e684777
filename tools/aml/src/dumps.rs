//! Dumps of machines: one folder each, one file a table (`NN_SIG.bin`, or any
//! name; what a table is, its header says).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The tables of a machine.
#[derive(Debug)]
pub struct Machine {
    /// Name of its folder.
    pub name: String,
    /// The DSDT.
    pub dsdt: Table,
    /// The SSDTs, in the order of their files' names.
    pub ssdts: Vec<Table>,
    /// All other tables.
    pub others: Vec<Vec<u8>>,
}

/// A definition block and its file.
#[derive(Debug)]
pub struct Table {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Machine {
    /// Bytes of DSDT and SSDTs.
    pub fn aml_bytes(&self) -> usize {
        self.dsdt.bytes.len() + self.ssdts.iter().map(|table| table.bytes.len()).sum::<usize>()
    }
}

/// Reads the machines in a folder that have a DSDT.
pub fn read(folder: &Path) -> io::Result<Vec<Machine>> {
    let mut machines = Vec::new();
    for entry in sorted(folder)? {
        if entry.is_dir() {
            machines.extend(read_machine(&entry)?);
        }
    }
    Ok(machines)
}

fn read_machine(folder: &Path) -> io::Result<Option<Machine>> {
    let mut dsdt = None;
    let mut ssdts = Vec::new();
    let mut others = Vec::new();
    for path in sorted(folder)?.into_iter().filter(|path| path.is_file()) {
        let bytes = fs::read(&path)?;
        match bytes.get(..4) {
            Some(b"DSDT") => dsdt = Some(Table { path, bytes }),
            Some(b"SSDT" | b"PSDT") => ssdts.push(Table { path, bytes }),
            Some(_) => others.push(bytes),
            None => {}
        }
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(dsdt.map(|dsdt| Machine { name, dsdt, ssdts, others }))
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}
