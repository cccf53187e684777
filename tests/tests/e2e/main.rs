//! The end-to-end tests: Valhalla OS booted in QEMU through every door, and in Bochs.
//!
//! Each trial is named `topic::what`. What cannot be tried on this machine
//! counts as ignored, with its reason, and never as passed. `tests/README.md`
//! says how to run one and how to add one.

mod acpi;
mod aml;
mod arguments;
mod backtrace;
mod bochs;
mod clocks;
mod commands;
mod controllers;
mod documents;
mod doors;
mod editing;
mod explorer;
mod faults;
mod firstlook;
mod hardware;
mod hostile;
mod images;
mod interrupts;
mod keyboard;
mod lines;
mod log;
mod memory;
mod monitor;
mod msix;
mod page_tables;
mod pci;
mod ports;
mod power;
mod qr;
mod rates;
mod screens;

mod requests;
mod rules;
mod selftest;
mod sessions;
mod shell;
mod terminal;

use std::process::ExitCode;

use harness::door::{Door, Loader};
use harness::{Failure, Outcome};
use libtest_mimic::{Arguments, Completion, Trial};

/// Two machines at a time: a boot is mostly one processor's work.
const MACHINES_AT_A_TIME: usize = 2;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(MACHINES_AT_A_TIME);
    let _sharing = harness::snapshot::share();
    libtest_mimic::run(&arguments, all()).exit_code()
}

/// Every trial of every topic.
fn all() -> Vec<Trial> {
    let topics = [
        arguments::trials(),
        acpi::trials(),
        aml::trials(),
        backtrace::trials(),
        bochs::trials(),
        clocks::trials(),
        rates::trials(),
        documents::trials(),
        doors::trials(),
        commands::trials(),
        controllers::trials(),
        images::trials(),
        editing::trials(),
        explorer::trials(),
        faults::trials(),
        firstlook::trials(),
        hardware::trials(),
        hostile::trials(),
        interrupts::trials(),
        keyboard::trials(),
        lines::trials(),
        log::trials(),
        memory::trials(),
        monitor::trials(),
        msix::trials(),
        page_tables::trials(),
        pci::trials(),
        ports::trials(),
        power::trials(),
        qr::trials(),
        screens::trials(),
        terminal::trials(),
        requests::trials(),
        rules::trials(),
        selftest::trials(),
        sessions::trials(),
        shell::trials(),
    ];
    topics.into_iter().flatten().collect()
}

/// A test that every machine can run.
fn test(name: impl Into<String>, run: impl FnOnce() -> Outcome + Send + 'static) -> Trial {
    Trial::test(name, || run().map_err(failed))
}

/// A test that boots through `door`; where that is closed it counts as ignored.
fn test_at(
    door: Door,
    name: impl Into<String>,
    run: impl FnOnce(Door) -> Outcome + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match door.closed() {
        Some(reason) => Ok(Completion::ignored_with(reason)),
        None => run(door).map(|()| Completion::Completed).map_err(failed),
    })
}

/// A test that boots in Bochs by `loader`; where that cannot be, it counts as ignored.
fn test_in_bochs(
    loader: Loader,
    name: impl Into<String>,
    run: impl FnOnce(Loader) -> Outcome + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match harness::bochs::closed(loader) {
        Some(reason) => Ok(Completion::ignored_with(reason)),
        None => run(loader).map(|()| Completion::Completed).map_err(failed),
    })
}

fn failed(failure: Failure) -> libtest_mimic::Failed {
    failure.to_string().into()
}
