//! Rust source as the rules read it: without comments, strings and tests.

/// Returns the text with comments blanked and each character of a literal
/// replaced by a quotation mark, line breaks kept.
#[must_use]
pub fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let in_a_name = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let comment = comment_length(rest);
        let literal = if in_a_name { 0 } else { literal_length(rest) };
        let length = comment.max(literal);
        if length == 0 {
            code.push(character);
            rest = &rest[character.len_utf8()..];
            continue;
        }
        let (skipped, after) = rest.split_at(length);
        code.extend(skipped.chars().filter_map(|c| match c {
            '\n' => Some('\n'),
            c if comment > 0 || c.is_whitespace() => None,
            _ => Some('"'),
        }));
        rest = after;
    }
    code
}

/// Returns the bytes of the comment at the start of `text`, 0 if there is none.
fn comment_length(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if !text.starts_with("/*") {
        return 0;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let step = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth + 1, 2),
            [b'*', b'/', ..] => (depth - 1, 2),
            _ => (depth, 1),
        };
        (depth, at) = (step.0, at + step.1);
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Returns the bytes of the string or character at the start of `text`, with
/// its prefix and quotes; 0 if there is none.
fn literal_length(text: &str) -> usize {
    let unprefixed = text.trim_start_matches(['b', 'c', 'r']);
    let prefix = text.len() - unprefixed.len();
    let is_raw = prefix <= 2 && text[..prefix].ends_with('r');
    let opening = unprefixed.trim_start_matches('#');
    let hashes = unprefixed.len() - opening.len();
    match opening.chars().next() {
        Some('"') if is_raw => {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = prefix + hashes + 1;
            text[start..].find(&end).map_or(text.len(), |at| start + at + end.len())
        }
        Some('"') if prefix <= 1 && hashes == 0 => prefix + quoted_length(unprefixed, '"'),
        // A lifetime has no second quote behind its first character.
        Some('\'') if prefix <= 1 && hashes == 0 => {
            let mut inside = unprefixed.chars().skip(1);
            let escaped = inside.next() == Some('\\');
            if escaped || inside.next() == Some('\'') {
                prefix + quoted_length(unprefixed, '\'')
            } else {
                0
            }
        }
        _ => 0,
    }
}

/// Returns the bytes up to the closing quote, both quotes included.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            c if c == quote && !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Returns the code without its `#[cfg(test)]` modules, and the names of those
/// that are files of their own.
#[must_use]
pub fn without_tests(code: &str) -> (String, Vec<String>) {
    const MARK: &str = "#[cfg(test)]";
    let (mut kept, mut elsewhere) = (String::new(), Vec::new());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        let item = &rest[at + MARK.len()..];
        let Some((name, length)) = module(item) else {
            // Not a module: it counts as code.
            kept.push_str(&rest[..at + MARK.len()]);
            rest = item;
            continue;
        };
        kept.push_str(&rest[..at]);
        if item[..length].ends_with(';') {
            elsewhere.push(name);
        }
        rest = &item[length..];
    }
    kept.push_str(rest);
    (kept, elsewhere)
}

/// Returns the name of the module that `item` begins with, and its bytes.
fn module(item: &str) -> Option<(String, usize)> {
    let end = item.find(['{', ';'])?;
    let mut words = item[..end].split_whitespace().rev();
    let name = words.next()?.to_owned();
    if words.next()? != "mod" {
        return None;
    }
    if item[end..].starts_with(';') {
        return Some((name, end + 1));
    }
    let mut depth = 0_usize;
    for (at, character) in item[end..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((name, end + at + 1));
        }
    }
    Some((name, item.len()))
}

#[cfg(test)]
mod tests {
    use super::{code_only, without_tests};

    #[test]
    fn literals_and_comments_are_told_from_code() {
        for (text, code) in [
            ("a // b\nc", "a \nc"),
            ("a /* b /* c */ \n d */ e", "a \n e"),
            ("x(\"// no\", 'y')", "x(\"\"\"\"\"\", \"\"\")"),
            ("r#\"a\"b\"#; z", "\"\"\"\"\"\"\"\"; z"),
            ("'{' '\\'' b'}' &'a str", "\"\"\" \"\"\"\" \"\"\"\" &'a str"),
            ("\"a\\\"{\"}", "\"\"\"\"\"\"}"),
            ("for b in c { r }", "for b in c { r }"),
            ("/* never closed", ""),
        ] {
            assert_eq!(code_only(text), code, "{text}");
        }
    }

    #[test]
    fn a_string_over_lines_keeps_them() {
        assert_eq!(code_only("\"a\n\n b\""), "\"\"\n\n\"\"");
    }

    #[test]
    fn test_modules_go_and_nothing_else() {
        let code = "a\n#[cfg(test)]\nmod tests {\n { }\n}\nb\n#[cfg(test)]\npub(crate) mod golden;\n#[cfg(test)]\nfn f() {}\n";
        let (kept, elsewhere) = without_tests(code);
        assert_eq!(kept.lines().filter(|line| !line.is_empty()).count(), 4, "{kept}");
        assert!(kept.contains("fn f()"));
        assert_eq!(elsewhere, ["golden"]);
    }
}
