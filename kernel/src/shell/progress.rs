//! A bar for work that takes long: `[=========>          ]  42 %`.

use core::fmt;

/// How much is done, as a row of a terminal of `width` columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    pub(super) done: u64,
    pub(super) total: u64,
    pub(super) width: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = u128::from(self.total.max(1));
        let done = u128::from(self.done).min(total);
        // Brackets, the figure and the cursor's column.
        let cells = self.width.saturating_sub(10).min(60);
        let full = (cells as u128 * done / total) as usize;
        let head = if full < cells { ">" } else { "" };
        write!(
            f,
            "[\x1b[92m{:=<full$}{head}\x1b[0m{:rest$}] {:>3} %",
            "",
            "",
            100 * done / total,
            rest = cells.saturating_sub(full + head.len())
        )
    }
}
