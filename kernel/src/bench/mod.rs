//! The benchmarks: what the kernel's own parts cost on this machine.
//!
//! A row is a function that measures one thing, registered with `bench!` in a
//! section of the image; the runner finds it there. They run from the prompt
//! (`bench`) or at boot (`test=bench`, which `make bench` uses), in the very
//! image that people use. Nothing passes or fails here: the book's benchmark
//! chapter says what the figures should be.

mod console;
mod cpu;
mod heap;
mod measure;
mod memory;

use crate::console::Bar;
use crate::cpu::port::Port;
use crate::{print, println};
use core::convert::Infallible;
use measure::{Exact, Figure, Unit};

/// One row of the benchmark.
#[derive(Debug)]
#[repr(C)]
pub struct Bench {
    /// Where it stands: rows are printed by group, then by place.
    order: u32,
    /// What is measured, at most [`NAME_COLUMNS`] characters.
    name: &'static str,
    /// Measures it.
    run: fn() -> Result<Figure, NotHere>,
}

/// Why a row has no figure on this machine.
#[derive(Clone, Copy, Debug)]
pub struct NotHere(&'static str);

/// Registers a row: `bench!(order, "name", function);`
macro_rules! bench {
    ($order:literal, $name:literal, $run:expr) => {
        const _: () = {
            assert!($name.len() <= $crate::bench::NAME_COLUMNS);
            #[used]
            #[unsafe(link_section = ".benches")]
            static ROW: $crate::bench::Bench =
                $crate::bench::Bench { order: $order, name: $name, run: $run };
        };
    };
}
use bench;

/// The width of the names.
const NAME_COLUMNS: usize = 44;

fn all() -> &'static [Bench] {
    unsafe extern "C" {
        static __benches_start: u8;
        static __benches_end: u8;
    }
    let start = (&raw const __benches_start).cast::<Bench>();
    let bytes = &raw const __benches_end as usize - start as usize;
    let count = bytes / size_of::<Bench>();
    // SAFETY: the linker script gathers exactly the `Bench`es that the macro
    // placed there, one after the other, between the two symbols.
    unsafe { core::slice::from_raw_parts(start, count) }
}

/// Who reads the figures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// A table.
    ForPeople,
    /// A table, and for each row a line `bench|NAME|MEDIAN|BEST|UNIT`.
    ForPrograms,
}

/// What is about to be measured.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Rows that have been.
    pub done: u64,
    /// Rows that will be.
    pub total: u64,
    /// The row's name.
    pub name: &'static str,
}

/// Runs the rows whose names contain `filter` and prints a line for each.
/// Returns how many there were. `before` says before each whether to go on, and
/// whether a progress bar has its name.
///
/// # Errors
///
/// That of `before`.
pub fn run<E>(filter: &str, before: impl FnMut(Step) -> Result<Bar, E>) -> Result<usize, E> {
    rows(filter, Lines::ForPeople, before)
}

fn rows<E>(
    filter: &str,
    lines: Lines,
    mut before: impl FnMut(Step) -> Result<Bar, E>,
) -> Result<usize, E> {
    let unit = Unit::of_this_machine();
    let chosen = || all().iter().filter(|row| row.name.contains(filter));
    let (mut last, mut done, total) = (None, 0, chosen().count());
    // The linker does not say in which order it gathers, so the next row is
    // looked for each time; there are a few dozen.
    while let Some(row) =
        chosen().filter(|row| last.is_none_or(|last| row.order > last)).min_by_key(|row| row.order)
    {
        let bar = before(Step { done, total: total as u64, name: row.name })?;
        (last, done) = (Some(row.order), done + 1);
        if bar == Bar::None {
            print!("{:<NAME_COLUMNS$} ", row.name);
        }
        let result = (row.run)();
        if bar == Bar::Stands {
            print!("{:<NAME_COLUMNS$} ", row.name);
        }
        match (unit, result) {
            (Unit::None, _) => println!("{:>12}  no time-stamp counter", "-"),
            (unit, Ok(figure)) => {
                println!("{figure:>12} {unit}");
                if lines == Lines::ForPrograms {
                    println!("bench|{}|{}|{unit}", row.name, Exact(figure));
                }
            }
            (_, Err(NotHere(reason))) => println!("{:>12} {reason}", "-"),
        }
    }
    Ok(total)
}

/// `test=bench`, once the first prompt stands: runs every row, and ends the
/// emulator through its `isa-debug-exit` device. On a machine without one the
/// write goes nowhere, and the boot goes on to a prompt of its own.
pub fn run_at_boot() {
    /// What a passed self test says too; QEMU's status is then 33.
    const DONE: u32 = 0x10;
    println!("\nbench: begin");
    let Ok(rows) = rows("", Lines::ForPrograms, |_| Ok::<_, Infallible>(Bar::None));
    println!("bench: end, {rows} rows");
    crate::console::flush();
    // SAFETY: the port belongs to the debug-exit device or to nobody.
    unsafe { Port::<u32>::new(0xf4).write(DONE) };
}
