//! A bar for work that takes long: `[=========>          ]  42 %  its name`.

use core::fmt;

/// Cells of a bar that has the row for itself, at the most.
const WIDEST: usize = 60;
/// Cells of one that says what is being done.
const BESIDE_WORDS: usize = 20;

/// How much is done, as a row of a terminal of `width` columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress<'a> {
    pub(super) done: u64,
    pub(super) total: u64,
    pub(super) width: usize,
    /// What is being done; may be empty.
    pub(super) what: &'a str,
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = u128::from(self.total.max(1));
        let done = u128::from(self.done).min(total);
        let widest = if self.what.is_empty() { WIDEST } else { BESIDE_WORDS };
        // Brackets, the figure and the cursor's column.
        let room = self.width.saturating_sub(10);
        let cells = room.min(widest);
        let full = (cells as u128 * done / total) as usize;
        let head = if full < cells { ">" } else { "" };
        write!(
            f,
            "[\x1b[92m{:=<full$}{head}\x1b[0m{:rest$}] {:>3} %",
            "",
            "",
            100 * done / total,
            rest = cells.saturating_sub(full + head.len())
        )?;
        match room.saturating_sub(cells + 2) {
            0 => Ok(()),
            room => write!(f, "  {:.room$}", self.what),
        }
    }
}
