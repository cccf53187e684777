//! Any bytes on a terminal: the cursor stays on the screen, and what a display
//! is told adds up to what the terminal holds.
#![cfg_attr(fuzzing, no_main)]

use valhalla_core::terminal::{Cell, Cursor, Display, Scrolled, Terminal};

/// A display that shows what it is told.
struct Shown {
    rows: Vec<Vec<Cell>>,
    cursor: (usize, usize),
}

impl Display for Shown {
    fn size(&self) -> (usize, usize) {
        (self.rows[0].len(), self.rows.len())
    }

    fn draw(&mut self, row: usize, col: usize, cells: &[Cell]) {
        self.rows[row][col..col + cells.len()].copy_from_slice(cells);
    }

    fn scroll_up(&mut self, lines: usize, fill: Cell) -> Scrolled {
        let kept = self.rows.len() - lines;
        self.rows.rotate_left(lines);
        self.rows[kept..].iter_mut().for_each(|row| row.fill(fill));
        Scrolled::Done
    }

    fn cursor(&mut self, row: usize, col: usize, _: Cursor) {
        self.cursor = (row, col);
    }
}

valhalla_fuzz::target!(|data: &[u8]| {
    let [cols, rows, cut, text @ ..] = data else { return };
    let (cols, rows) = (1 + usize::from(*cols) % 100, 1 + usize::from(*rows) % 40);
    let mut terminal = Terminal::new(cols, rows).expect("a small screen");
    let mut display = Shown { rows: vec![vec![Cell::BLANK; cols]; rows], cursor: (0, 0) };
    // In pieces, with a look at the display after each.
    for piece in text.chunks(1 + usize::from(*cut)) {
        terminal.write(&String::from_utf8_lossy(piece));
        terminal.flush(&mut display);
        let (row, col) = terminal.cursor();
        while let Some(answer) = terminal.next_answer() {
            let (cols, rows) = (cols as u16, rows as u16);
            // No answer says what cannot be: it may be taken at its word.
            if let Some((right, bottom)) = answer.as_size() {
                assert!((1..=cols).contains(&right) && (1..=rows).contains(&bottom));
            }
        }
        // A look at older lines, at times, leaves no trace on the live screen.
        if piece.len() % 3 == 0 {
            terminal.view_up(piece.len());
            assert!(terminal.view().0 <= terminal.view().1);
            terminal.flush(&mut display);
            terminal.view_live();
            terminal.flush(&mut display);
        }
        assert!(row < rows && col < cols);
        assert_eq!(display.cursor, (row, col));
        for (row, shown) in display.rows.iter().enumerate() {
            assert_eq!(terminal.row(row), shown, "row {row}");
        }
    }
});
