//! Inputs without libFuzzer: from a seed, the same ones each time.
//!
//! It knows nothing of the code's branches, so it mixes what breaks parsers:
//! words of the target's dictionary, random bytes, runs of one byte, decimal
//! numbers at the edges of their types, and pieces of earlier inputs.

use std::process::ExitCode;
use std::{env, fs};

use valhalla_core::random::Random;

/// Bytes of the longest input.
const LONGEST: usize = 4096;
/// Numbers that parsers get wrong.
const EDGES: [u64; 8] = [0, 1, 255, 32_767, 65_535, 65_536, u32::MAX as u64, u64::MAX];

/// A source of inputs.
#[derive(Debug)]
pub struct Generator {
    random: Random,
    words: Vec<Vec<u8>>,
    last: Vec<u8>,
}

impl Generator {
    /// Inputs that follow from `seed`, with these words in them.
    #[must_use]
    pub fn new(seed: u64, words: Vec<Vec<u8>>) -> Self {
        Self { random: Random::new(seed), words, last: Vec::new() }
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.random.number() % bound.max(1) as u64) as usize
    }

    /// The next input.
    pub fn input(&mut self) -> &[u8] {
        let mut input = Vec::new();
        for _ in 0..self.below(40) {
            match self.below(8) {
                0..3 if !self.words.is_empty() => {
                    let word = self.below(self.words.len());
                    input.extend_from_slice(&self.words[word]);
                }
                3 => {
                    let edge = self.below(EDGES.len());
                    input.extend_from_slice(EDGES[edge].to_string().as_bytes());
                }
                4 => {
                    let (byte, count) = (self.random.number() as u8, self.below(300));
                    input.extend(std::iter::repeat_n(byte, count));
                }
                5 => {
                    let from = self.below(self.last.len());
                    let to = from + self.below(self.last.len() - from);
                    input.extend_from_slice(&self.last[from..to]);
                }
                6 => input.extend((0..self.below(20)).map(|_| self.random.number() as u8)),
                _ => input.extend((0..self.below(20)).map(|_| b' ' + self.below(95) as u8)),
            }
        }
        input.truncate(LONGEST);
        self.last = input;
        &self.last
    }
}

/// Runs `target`: `NAME RUNS [DICTIONARY]` on the command line.
pub fn main(target: impl Fn(&[u8])) -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(runs) = arguments.next().and_then(|runs| runs.parse::<u64>().ok()) else {
        eprintln!("use: TARGET RUNS [DICTIONARY]");
        return ExitCode::from(2);
    };
    let words = match arguments.next().map(fs::read_to_string) {
        Some(Ok(text)) => dictionary(&text),
        Some(Err(error)) => {
            eprintln!("the dictionary cannot be read: {error}");
            return ExitCode::from(2);
        }
        None => Vec::new(),
    };
    let mut generator = Generator::new(1, words);
    for run in 0..runs {
        let input = generator.input();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target(input)));
        if caught.is_err() {
            eprintln!("run {run} failed, with this input:\n{}", input.escape_ascii());
            return ExitCode::FAILURE;
        }
    }
    println!("{runs} runs, none failed");
    ExitCode::SUCCESS
}

/// The words of a libFuzzer dictionary: `"..."` a line, with `\xNN`, `\\`, `\"`.
fn dictionary(text: &str) -> Vec<Vec<u8>> {
    let quoted = |line: &str| Some(line.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned());
    text.lines().filter_map(quoted).map(|word| unescape(word.as_bytes())).collect()
}

fn unescape(mut text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let [first, rest @ ..] = text {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        (text, bytes) = match (first, rest) {
            (b'\\', [b'x', digits @ ..]) if digits.len() >= 2 => {
                bytes.extend(hex(&digits[..2]));
                (&digits[2..], bytes)
            }
            (b'\\', [next, after @ ..]) => {
                bytes.push(*next);
                (after, bytes)
            }
            _ => {
                bytes.push(*first);
                (rest, bytes)
            }
        };
    }
    bytes
}
