//! One text for a value, whether our interpreter or `acpiexec` computed it.
//!
//! The text is that of `acpiexec` on one line, without addresses, offsets and
//! the comments beside bytes.

use std::fmt::Write as _;

use valhalla_aml::Data;

/// Writes a value of our interpreter.
pub fn of_data(data: &Data) -> String {
    match data {
        Data::Uninitialized => "[Null Object]".into(),
        Data::Integer(number) => format!("[Integer] = {number:016X}"),
        Data::String(text) => format!("[String] Length {:02X} = {}", text.len(), quoted(text)),
        Data::Buffer(bytes) => {
            let mut text = format!("[Buffer] Length {:02X} =", bytes.len());
            for byte in bytes {
                let _infallible = write!(text, " {byte:02X}");
            }
            text
        }
        Data::Package(elements) => {
            let mut text = format!("[Package] Contains {} Elements:", elements.len());
            for element in elements {
                let _infallible = write!(text, " {}", of_data(element));
            }
            text
        }
        Data::Reference(path) => {
            let seg = path.rsplit(['.', '\\']).next().unwrap_or_default();
            format!("[Object Reference] {seg:_<4}")
        }
        Data::Table(_) => "[DDB Handle]".into(),
    }
}

/// A string as `acpiexec` prints it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            ' '..='~' => quoted.push(c),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0C' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ => {
                let _infallible = write!(quoted, "\\x{:02X}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Brings what `acpiexec` printed of a value to one line.
pub fn of_acpiexec(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("[Object Reference]") {
            // `= 0x... <Node>   Name DEV0 Device ...`
            let name = rest.split("Name ").nth(1).unwrap_or_default();
            let name: String = name.chars().take(4).collect();
            words.push(format!("[Object Reference] {name}"));
        } else if line.starts_with("[Null Object]") {
            words.push("[Null Object]".into());
        } else if is_bytes(line) || line.starts_with("[Buffer]") {
            let bytes = line.split("//").next().unwrap_or_default();
            words.extend(
                bytes.split_whitespace().filter(|word| !is_offset(word)).map(str::to_owned),
            );
        } else if line.starts_with('[') {
            words.push(line.to_owned());
        }
    }
    words.join(" ")
}

/// A line of a buffer: `0010: 00 01 ...`.
fn is_bytes(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(is_offset)
}

/// The offset in front of the bytes of a buffer.
fn is_offset(word: &str) -> bool {
    word.strip_suffix(':')
        .is_some_and(|offset| offset.len() >= 4 && offset.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Brings a value of an `expected.tsv` to the same form: there the offsets in
/// front of bytes have stayed.
pub fn of_expected(text: &str) -> String {
    if text.contains('"') {
        return text.trim().to_owned();
    }
    let words: Vec<&str> = text.split_whitespace().filter(|word| !is_offset(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_come_to_the_same_text() {
        let printed = "  [Package] Contains 5 Elements:
    [Integer] = 0000000000000001
    [String] Length 02 = \"a\\n\"
    [Buffer] Length 12 = 
    0000: 01 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0010: 00 00                                            // ..
    [Buffer] Length 02 =     0000: 03 04                   // ..
    [Object Reference] = 0x5648867b4080 <Node>            Name DEV0 Device
";
        let mut bytes = vec![1, 2];
        bytes.resize(18, 0);
        let data = Data::Package(vec![
            Data::Integer(1),
            Data::String("a\n".into()),
            Data::Buffer(bytes),
            Data::Buffer(vec![3, 4]),
            Data::Reference("\\_SB.DEV0".into()),
        ]);
        assert_eq!(of_acpiexec(printed), of_data(&data));
        let expected = of_expected("[Buffer] Length 02 = 0000: 05 06");
        assert_eq!(expected, of_data(&Data::Buffer(vec![5, 6])));
    }
}
