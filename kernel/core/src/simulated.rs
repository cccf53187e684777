//! Simulated time for the tests of drivers' logic: each access to a device takes
//! some, and a clock shows it.

use std::cell::Cell;
use std::rc::Rc;

use crate::limit::Clock;

/// The time of a test. Clones show the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Time(Rc<Cell<u64>>);

impl Time {
    /// Lets `ns` nanoseconds pass.
    pub(crate) fn pass(&self, ns: u64) {
        self.0.set(self.0.get() + ns);
    }

    /// Nanoseconds since the start of the test.
    pub(crate) fn now_ns(&self) -> u64 {
        self.0.get()
    }
}

impl Clock for Time {
    /// Looking at it takes a microsecond too.
    fn now_ns(&mut self) -> u64 {
        self.pass(1_000);
        self.0.get()
    }
}
