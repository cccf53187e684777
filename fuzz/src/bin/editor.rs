//! Bytes of a serial line become keys, and the row shows where the editor is.
#![cfg_attr(fuzzing, no_main)]

use valhalla_core::editor::{Action, LineEditor, MAX_BYTES};
use valhalla_core::serial_input::Decoder;
use valhalla_core::terminal::Terminal;

const PROMPT: &str = "> ";

valhalla_fuzz::target!(|data: &[u8]| {
    let [width, bytes @ ..] = data else { return };
    let width = 20 + usize::from(*width) % 80;
    let mut screen = Terminal::new(width, 4).expect("a small screen");
    let mut editor = LineEditor::new(PROMPT);
    editor.set_width(width);
    editor.start(&mut screen);
    let (mut decoder, mut bytes) = (Decoder::new(), bytes.iter().copied());
    while let Some(key) = decoder.next_key(|| bytes.next()).or_else(|| decoder.idle()) {
        match editor.key(key, &mut screen) {
            Action::Submit | Action::Cancel => {
                screen.clear();
                editor.start(&mut screen);
            }
            Action::ClearScreen => {
                screen.clear();
                editor.redraw(&mut screen);
            }
            _ => {}
        }
        assert!(editor.line().len() <= MAX_BYTES);
        assert_eq!(screen.cursor().1, editor.column(), "after {key:?}");
    }
});
