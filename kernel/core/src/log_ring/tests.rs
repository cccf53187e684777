use super::*;
use proptest::prelude::*;

const BYTES: usize = 2048;

fn line(text: &str) -> Line<'_> {
    Line { level: Level::Info, time: Moment::Ns(7), module: "test", text }
}

fn texts(lines: Lines<'_>) -> Vec<String> {
    lines
        .map(|entry| match entry {
            Entry::Line(number, line) => format!("{number} {}", line.text),
            Entry::Damaged(bytes) => format!("damaged {bytes}"),
        })
        .collect()
}

fn ignore(_: &[u8]) {}

/// A ring of `BYTES` with these lines, as memory holds it.
fn written(texts: &[String]) -> Vec<u8> {
    let mut storage = vec![0xa5; BYTES];
    let mut ring = Ring::new(&mut storage[..], 3);
    ring.begin(ignore);
    for text in texts {
        ring.push(&line(text), ignore);
    }
    storage
}

#[test]
fn what_is_written_is_found_again() {
    let mut storage = [0xff; BYTES];
    assert!(Past::find(&storage).is_none());
    let mut ring = Ring::new(&mut storage[..], 9);
    ring.begin(ignore);
    let grave = Line {
        level: Level::Error,
        time: Moment::Counts(u64::MAX >> 1),
        module: "\u{e9}",
        text: "",
    };
    ring.push(&line("one"), ignore);
    ring.push(&grave, ignore);
    ring.set_ending(Ending::Report, ignore);
    let past = Past::find(&storage).unwrap();
    assert_eq!((past.generation(), past.ending(), past.appended()), (9, Ending::Report, 2));
    let found: Vec<_> = past.lines().collect();
    assert_eq!(found, [Entry::Line(0, line("one")), Entry::Line(1, grave)]);
}

#[test]
fn the_oldest_lines_make_room() {
    let all: Vec<_> =
        (0..500).map(|number| format!("line {number} {}", "x".repeat(number % 90))).collect();
    let storage = written(&all);
    let found = texts(Past::find(&storage).unwrap().lines());
    let expected: Vec<_> = all.iter().enumerate().map(|(n, text)| format!("{n} {text}")).collect();
    assert!(found.len() > 10 && expected.ends_with(&found), "{found:?}");
}

#[test]
fn a_torn_header_costs_one_update() {
    let mut storage = written(&["a".into(), "b".into()]);
    // Three updates: the last went to the second slot.
    storage[HEADERS_BYTES / 2 + 40] ^= 1;
    assert_eq!(texts(Past::find(&storage).unwrap().lines()), ["0 a"]);
    storage[40] ^= 1;
    assert!(Past::find(&storage).is_none());
}

#[test]
fn a_damaged_line_is_said_and_passed_over() {
    let mut storage = written(&["first".into(), "second".into(), "third".into()]);
    let at = storage.windows(6).position(|bytes| bytes == b"second").unwrap();
    storage[at] = b'S';
    let found = texts(Past::find(&storage).unwrap().lines());
    assert_eq!(found, ["0 first", "damaged 40", "2 third"]);
}

#[test]
fn lines_of_another_boot_are_not_ours() {
    let mut storage = written(&["old".into(), "older".into()]);
    let mut ring = Ring::new(&mut storage[..], 4);
    ring.begin(ignore);
    assert_eq!(texts(Past::find(&storage).unwrap().lines()), [""; 0]);
}

#[test]
fn long_lines_are_cut_between_characters() {
    let storage = written(&["\u{20ac}".repeat(300)]);
    let found = texts(Past::find(&storage).unwrap().lines());
    assert_eq!(found, [format!("0 {}", "\u{20ac}".repeat(MOST_TEXT / 3))]);
}

#[test]
fn a_line_shows_no_control_characters() {
    let shown = line("a\x1b[2Jb\n").to_string();
    assert_eq!(shown, "\x1b[90m[    0.000000]\x1b[0m test: a\\u{1b}[2Jb\\n");
}

#[test]
fn every_write_is_handed_out_the_header_last() {
    let mut storage = [0; BYTES];
    let mut ring = Ring::new(&mut storage[..], 0);
    let mut sizes = Vec::new();
    ring.begin(|bytes| sizes.push(bytes.len()));
    ring.push(&line("abc"), |bytes| sizes.push(bytes.len()));
    assert_eq!(sizes, [64, 64, 32, 64]);
}

proptest! {
    #[test]
    fn any_lines_come_back(lines in prop::collection::vec("\\PC{0,120}", 0..60)) {
        let storage = written(&lines);
        let past = Past::find(&storage).unwrap();
        prop_assert_eq!(past.appended(), lines.len() as u64);
        let found: Vec<_> = past.lines().collect();
        let first = lines.len() - found.len();
        for (entry, (number, text)) in found.iter().zip(lines.iter().enumerate().skip(first)) {
            let cut = text.floor_char_boundary(MOST_TEXT);
            prop_assert_eq!(*entry, Entry::Line(number as u64, line(&text[..cut])));
        }
        prop_assert!(found.len() >= lines.len().min(3));
    }

    #[test]
    fn random_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        prop_assert!(Past::find(&bytes).is_none_or(|past| past.lines().count() <= bytes.len()));
        // The same with a header that is believed.
        let header = Header { head: 8 * bytes.len() as u64, next_sequence: 5, ..Header::new(1) };
        prop_assert!(Lines::new(&bytes, &header).count() <= 8 * bytes.len() + 1);
    }

    #[test]
    fn damage_never_invents_a_line(
        lines in prop::collection::vec("[a-z]{0,60}", 0..40),
        damage in prop::collection::vec((0..BYTES, any::<u8>()), 1..30),
    ) {
        let mut storage = written(&lines);
        for (at, byte) in damage {
            storage[at] = byte;
        }
        for entry in Past::find(&storage).into_iter().flat_map(|past| past.lines()) {
            if let Entry::Line(number, line) = entry {
                prop_assert_eq!(line.text, &lines[number as usize]);
            }
        }
    }

    #[test]
    fn a_ring_that_somebody_wrote_over_still_takes_lines(
        noise in prop::collection::vec(any::<u8>(), BYTES),
        size in 0..BYTES,
    ) {
        let mut storage = noise;
        let mut ring = Ring::new(&mut storage[..size], 1);
        for _ in 0..100 {
            ring.push(&line("a line of some length"), ignore);
            let from = HEADERS_BYTES.min(size);
            // Nothing of the ring's own state is in the storage that it reads.
            ring.storage[from..].fill(0x5a);
        }
        prop_assert!(ring.appended() <= 100);
        prop_assert!(ring.lines().count() <= size);
    }
}
