//! AML: programs that are well formed, made from the input, so that operators
//! meet each other's values.
#![cfg_attr(fuzzing, no_main)]

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Interpreter, Settings};

/// Operators that take two values and a target, one value and a target, and so on.
const TWO_AND_TARGET: &[u8] =
    &[0x72, 0x73, 0x74, 0x77, 0x79, 0x7A, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F, 0x84, 0x85, 0x88, 0x9C];
const ONE_AND_TARGET: &[u8] = &[0x80, 0x81, 0x82, 0x96, 0x97, 0x98, 0x99];
const TWO: &[u8] = &[0x90, 0x91, 0x93, 0x94, 0x95];
const ONE_PLACE: &[u8] = &[0x71, 0x75, 0x76, 0x87, 0x8E];
const NAMES: &[&[u8; 4]] = &[b"INTA", b"STRA", b"BUFA", b"PKGA", b"FLDA", b"MTHA"];
const DEPTH: usize = 6;

/// Writes a program as the input says.
struct Writer<'a> {
    input: std::slice::Iter<'a, u8>,
    code: Vec<u8>,
}

impl Writer<'_> {
    fn next(&mut self) -> usize {
        self.input.next().map_or(0, |&byte| usize::from(byte))
    }

    fn pick(&mut self, from: &[u8]) -> u8 {
        from[self.next() % from.len()]
    }

    fn name(&mut self, count: usize) {
        let name = NAMES[self.next() % count];
        self.code.extend(name);
    }

    fn place(&mut self) {
        match self.next() % 4 {
            0 => self.name(5),
            1 => self.code.push(0),
            _ => {
                let variable = 0x60 + (self.next() % 15) as u8;
                self.code.push(variable);
            }
        }
    }

    fn value(&mut self, depth: usize) {
        let kind = if depth == 0 { self.next() % 5 } else { self.next() % 12 };
        match kind {
            0 => self.name(NAMES.len()),
            1 => {
                let byte = self.next() as u8;
                self.code.extend([0x0A, byte]);
            }
            2 => self.code.extend(b"\x0D12ab\0"),
            3 => self.code.extend([0x11, 5, 0x0A, 2, 1, 2]),
            4 => {
                let variable = 0x60 + (self.next() % 15) as u8;
                self.code.push(variable);
            }
            5..=7 => {
                let op = self.pick(TWO_AND_TARGET);
                self.code.push(op);
                self.value(depth - 1);
                self.value(depth - 1);
                self.place();
            }
            8 => {
                let op = self.pick(ONE_AND_TARGET);
                self.code.push(op);
                self.value(depth - 1);
                self.place();
            }
            9 => {
                let op = self.pick(TWO);
                self.code.push(op);
                self.value(depth - 1);
                self.value(depth - 1);
            }
            10 => {
                let op = self.pick(ONE_PLACE);
                self.code.push(op);
                self.name(5);
            }
            _ => {
                self.code.push(0x83);
                self.value(depth - 1);
            }
        }
    }

    fn statement(&mut self) {
        match self.next() % 4 {
            0 => self.value(DEPTH),
            op => {
                self.code.push(if op == 1 { 0x9D } else { 0x70 });
                self.value(DEPTH);
                self.place();
            }
        }
    }
}

/// A package's length of two bytes, in front of what it encloses.
fn package(content: &[u8]) -> Vec<u8> {
    let length = content.len() + 2;
    let mut bytes = vec![0x40 | (length & 0xF) as u8, (length >> 4) as u8];
    bytes.extend(content);
    bytes
}

valhalla_fuzz::target!(|bytes: &[u8]| {
    let mut body = Writer { input: bytes.iter(), code: b"TEST\0".to_vec() };
    while body.input.len() > 0 && body.code.len() < 3000 {
        body.statement();
    }
    let mut code =
        b"\x08INTA\x0A\x05\x08STRA\x0Dabc\0\x08BUFA\x11\x07\x0A\x04\x01\x02\x03\x04".to_vec();
    code.extend(b"\x08PKGA\x12\x08\x03\x0A\x01\x0A\x02\x0D\0");
    code.extend(b"\x5B\x80RGNA\x00\x0A\x10\x0A\x20\x5B\x81\x0BRGNA\x01FLDA\x24");
    code.extend(b"\x14\x0BMTHA\x00\xA4BUFA");
    // The method that lets the program go on after a fault.
    code.extend(b"\x14\x08_ERR\x03\xA4\x00");
    code.push(0x14);
    code.extend(package(&body.code));
    let mut table = b"DSDT".to_vec();
    table.extend(u32::try_from(36 + code.len()).unwrap_or_default().to_le_bytes());
    table.push(2);
    table.resize(36, 0);
    table.extend(code);
    let budget = Budget { steps: 20_000, memory_bytes: 1 << 20, depth: 32 };
    for error_method in [None, Some("\\_ERR")] {
        let mut interpreter = Interpreter::new(Settings { error_method, ..Settings::default() });
        let mut model = Model::new();
        let _loaded = interpreter.load(&table, &mut model, &budget);
        assert!(interpreter.names().find("\\TEST").is_some(), "the program is well formed");
        let _value = interpreter.evaluate("\\TEST", &[], &mut model, &budget);
    }
});
