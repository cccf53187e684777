//! Words gathered on their way to the console.
//!
//! A log line comes in a dozen pieces, and each of them would go to every console
//! by itself. What is gathered here goes out when the writer is dropped, or when
//! there is no room for more; nothing is cut. For words that are known to be made
//! soon: until then nobody sees them.

use super::Console;
use core::fmt::{self, Write};
use valhalla_core::text::Text;

/// Room for nearly every line of the log, with its colours.
const ROOM: usize = 256;

/// See the module's page.
pub(super) struct Gathered<'a> {
    console: &'a mut Console,
    text: Text<ROOM>,
}

impl<'a> Gathered<'a> {
    pub(super) const fn new(console: &'a mut Console) -> Self {
        Self { console, text: Text::new() }
    }

    fn send(&mut self) {
        self.console.write(self.text.as_str());
        self.text.clear();
    }
}

impl Write for Gathered<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > self.text.room() {
            self.send();
        }
        if text.len() > ROOM {
            self.console.write(text);
            return Ok(());
        }
        self.text.write_str(text)
    }
}

impl Drop for Gathered<'_> {
    fn drop(&mut self) {
        self.send();
    }
}
