//! The kernel command line: `console=serial test=run`.
//!
//! Words separated by white space, each `name=value`; the last one of a name
//! wins. Nothing here is fatal: what is not understood is left at its default
//! and handed out as a [`Complaint`], so that a typing mistake in a boot entry
//! costs a line of output and not the boot.

use core::fmt;

use crate::keyboard::{Layout, Wire};
use crate::log_filter::LogFilter;
use crate::text::Text;

/// One option as help lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionHelp {
    /// The word before the `=`.
    pub name: &'static str,
    /// What may follow it, `|` between the choices.
    pub values: &'static str,
    /// One line on what it does.
    pub help: &'static str,
}

/// Every option there is: the one table that help and complaints read.
pub const OPTIONS: &[OptionHelp] = &[
    OptionHelp {
        name: "console",
        values: "auto|vga|framebuffer|serial",
        help: "where the screen is; auto takes VGA text where there is one",
    },
    OptionHelp {
        name: "irq",
        values: "auto|pic|apic",
        help: "who brings interrupts; auto takes the I/O APICs where they work",
    },
    OptionHelp {
        name: "keyboard",
        values: "us|uk|de|fr|dvorak",
        help: "what is printed on the keys",
    },
    OptionHelp {
        name: "scancodes",
        values: "2-translated|2|1|1-translated",
        help: "the keyboard's scan code set, and whether the controller translates it",
    },
    OptionHelp {
        name: "log",
        values: "off|error|warn|info|debug|trace",
        help: "what is logged; for one module: log=info,acpi=trace",
    },
    OptionHelp {
        name: "run",
        values: "LINE",
        help: "what the shell does before its first prompt: run=\"mem; dmesg | count\"",
    },
    OptionHelp {
        name: "test",
        values: "NAME",
        help: "what to do before the prompt: run (the self tests), failnth, bench, panic",
    },
    OptionHelp {
        name: "x2apic",
        values: "auto|on|off",
        help: "the local APIC's registers as MSRs; auto leaves it as the loader did",
    },
];

/// Which screen the kernel is to use; serial is always there as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsoleChoice {
    /// The best that the machine has.
    #[default]
    Auto,
    /// VGA text mode.
    Vga,
    /// The loader's framebuffer.
    Framebuffer,
    /// No screen at all.
    Serial,
}

impl ConsoleChoice {
    fn from_value(value: &str) -> Option<Self> {
        Some(match value {
            "auto" => Self::Auto,
            "vga" => Self::Vga,
            "framebuffer" => Self::Framebuffer,
            "serial" => Self::Serial,
            _ => return None,
        })
    }
}

/// Which controllers bring the lines' interrupts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IrqChoice {
    /// The I/O APICs where they are seen to work, else the 8259s.
    #[default]
    Auto,
    /// The pair of 8259s.
    Pic,
    /// The I/O APICs.
    Apic,
}

impl IrqChoice {
    fn from_value(value: &str) -> Option<Self> {
        Some(match value {
            "auto" => Self::Auto,
            "pic" => Self::Pic,
            "apic" => Self::Apic,
            _ => return None,
        })
    }
}

/// Whether the local APIC's registers are MSRs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum X2apicChoice {
    /// As the loader left it, and where ids need it.
    #[default]
    Auto,
    /// Where the processor can.
    On,
    /// Where it can be helped.
    Off,
}

impl X2apicChoice {
    fn from_value(value: &str) -> Option<Self> {
        Some(match value {
            "auto" => Self::Auto,
            "on" => Self::On,
            "off" => Self::Off,
            _ => return None,
        })
    }
}

/// Returns the command line as a person wrote it. GRUB moves the quotes around a
/// word with a space in it, `"run=a; b"` for `run="a; b"`, and puts a backslash
/// before each quote and backslash inside. A `"` in there comes back as `'`,
/// because a value ends at the next `"`.
#[must_use]
pub fn as_written<const N: usize>(given: &Text<N>) -> Text<N> {
    let mut written = Text::new();
    let mut chars = given.as_str().chars();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let word = chars.as_str();
        let name = word.find(|c: char| c.is_whitespace() || "=\"".contains(c));
        let name = name.filter(|end| word[*end..].starts_with('='));
        let moved = c == '"' && before.is_whitespace();
        before = c;
        let (true, Some(name)) = (moved, name) else {
            written.push(c);
            continue;
        };
        while let Some(c) = chars.next() {
            match c {
                '\\' => written.push(chars.next().map_or(c, |c| if c == '"' { '\'' } else { c })),
                _ => written.push(c),
            }
            if word.len() - chars.as_str().len() == name + 1 {
                written.push('"');
            } else if c == '"' {
                break;
            }
        }
    }
    written
}

/// The words of a command line: white space between double quotes is a part of
/// its word.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        rest = rest.trim_start();
        let mut quoted = false;
        let end = rest.find(|c: char| {
            quoted ^= c == '"';
            c.is_whitespace() && !quoted
        });
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind;
        (!word.is_empty()).then_some(word)
    })
}

/// A value without the quotes around it; none if it is empty or one is missing.
fn unquoted(value: &str) -> Option<&str> {
    let inner = match value.strip_prefix('"') {
        Some(inner) => inner.strip_suffix('"')?,
        None => value,
    };
    (!inner.trim().is_empty() && !inner.contains('"')).then_some(inner)
}

/// The command line, read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// `console=`
    pub console: ConsoleChoice,
    /// `irq=`
    pub irq: IrqChoice,
    /// `x2apic=`
    pub x2apic: X2apicChoice,
    /// `keyboard=`
    pub keyboard: Layout,
    /// `scancodes=`
    pub scancodes: Wire,
    /// `log=`
    pub log: LogFilter<'a>,
    /// `test=`; an empty value counts as none.
    pub test: Option<&'a str>,
    /// `run=`: a line for the shell before the first prompt.
    pub run: Option<&'a str>,
    text: &'a str,
}

/// A word of the command line that was not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complaint<'a> {
    /// The whole word as it was given.
    pub word: &'a str,
    /// The option it belongs to, when only the value is wrong.
    pub option: Option<&'static OptionHelp>,
}

impl fmt::Display for Complaint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word;
        match self.option {
            None => write!(f, "unknown option {word:?} ignored"),
            Some(known) => {
                write!(f, "option {word:?} ignored: {} takes {}", known.name, known.values)
            }
        }
    }
}

impl<'a> Options<'a> {
    /// Reads `text`; see [`complaints`](Self::complaints) for the rest.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut options = Self { text, ..Self::default() };
        for word in pieces(text) {
            // What fails here is found again, the same way, by `complaints`.
            let _ = options.apply(word);
        }
        options
    }

    /// Every word that was ignored, in order, with the reason.
    pub fn complaints(&self) -> impl Iterator<Item = Complaint<'a>> + use<'a> {
        let mut scratch = Self::default();
        pieces(self.text).filter_map(move |word| scratch.apply(word).err())
    }

    /// The value that was given for the option of this name and is in force: the
    /// last one that made sense.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&'a str> {
        let mut scratch = Self::default();
        let words = pieces(self.text);
        let valid = words.filter(|word| scratch.apply(word).is_ok());
        let values = valid.map(|word| word.split_once('=').unwrap_or((word, "")));
        values.filter(|(given, _)| *given == name).last().map(|(_, value)| value)
    }

    /// The whole line as it was handed over.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    fn apply(&mut self, word: &'a str) -> Result<(), Complaint<'a>> {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let option = OPTIONS.iter().find(|option| option.name == name);
        let complaint = Complaint { word, option };
        match name {
            "console" => self.console = ConsoleChoice::from_value(value).ok_or(complaint)?,
            "irq" => self.irq = IrqChoice::from_value(value).ok_or(complaint)?,
            "x2apic" => self.x2apic = X2apicChoice::from_value(value).ok_or(complaint)?,
            "keyboard" => self.keyboard = Layout::named(value).ok_or(complaint)?,
            "scancodes" => self.scancodes = Wire::named(value).ok_or(complaint)?,
            "log" => self.log = LogFilter::parse(value).ok_or(complaint)?,
            "run" => self.run = Some(unquoted(value).ok_or(complaint)?),
            "test" if value.is_empty() => return Err(complaint),
            "test" => self.test = Some(value),
            _ => return Err(complaint),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_options_are_followed_and_the_last_wins() {
        let options = Options::parse("  console=vga test=run\tconsole=serial ");
        assert_eq!((options.console, options.test), (ConsoleChoice::Serial, Some("run")));
        assert_eq!(options.complaints().count(), 0);
    }

    #[test]
    fn mistakes_are_reported_and_change_nothing() {
        let options = Options::parse("quiet console=vgaa test= console test=a=b");
        assert_eq!((options.console, options.test), (ConsoleChoice::Auto, Some("a=b")));
        let said: Vec<_> = options.complaints().map(|complaint| complaint.to_string()).collect();
        assert_eq!(
            said,
            [
                "unknown option \"quiet\" ignored",
                "option \"console=vgaa\" ignored: console takes auto|vga|framebuffer|serial",
                "option \"test=\" ignored: test takes NAME",
                "option \"console\" ignored: console takes auto|vga|framebuffer|serial",
            ]
        );
    }

    #[test]
    fn what_is_in_force_is_the_last_value_that_makes_sense() {
        let options = Options::parse("console=vga log=debug console=serial console=loud");
        assert_eq!(options.given("console"), Some("serial"));
        assert_eq!(options.given("log"), Some("debug"));
        assert_eq!((options.given("test"), options.given("consol")), (None, None));
    }

    #[test]
    fn a_quoted_value_is_one() {
        let options = Options::parse("run=\"mem; echo 'a b'\" test=run");
        assert_eq!((options.run, options.test), (Some("mem; echo 'a b'"), Some("run")));
        assert_eq!(options.complaints().count(), 0);
        assert_eq!(Options::parse("run=mem console=vga").run, Some("mem"));
        for wrong in ["run=", "run=\"mem", "run=\"\"", "run=\" \""] {
            assert_eq!(Options::parse(wrong).complaints().count(), 1, "{wrong}");
        }
    }

    #[test]
    fn quotes_that_a_loader_moved_are_moved_back() {
        let written = |given: &str| as_written(&Text::<80>::of(given)).as_str().to_owned();
        for (given, expected) in [
            (r#""run=a; b""#, r#"run="a; b""#),
            (
                r#"console=vga "run=mem; echo x=y" log=info"#,
                r#"console=vga run="mem; echo x=y" log=info"#,
            ),
            // GRUB's escapes.
            (r#""run=echo \'a b\'""#, r#"run="echo 'a b'""#),
            (r#""run=echo \"a b\"""#, r#"run="echo 'a b'""#),
            (r#""run=echo a\\|b c""#, r#"run="echo a\|b c""#),
            // Limine's is as it was written.
            (r#"run="echo 'a b'; c" test=run"#, r#"run="echo 'a b'; c" test=run"#),
            (r"run=a\|b", r"run=a\|b"),
        ] {
            assert_eq!(written(given), expected);
            assert_eq!(Options::parse(&written(given)).complaints().count(), 0, "{given}");
        }
        for broken in ["\"", "\"run", "\"run=", "\"run=a\\", "\"a b\" c", "\"=\""] {
            assert!(Options::parse(&written(broken)).complaints().count() > 0, "{broken}");
        }
    }

    #[test]
    fn a_filter_with_a_mistake_is_refused_as_a_whole() {
        let options = Options::parse("log=trace,acpi=loud");
        assert_eq!(options.log, LogFilter::new());
        let said: Vec<_> = options.complaints().map(|complaint| complaint.to_string()).collect();
        assert_eq!(
            said,
            ["option \"log=trace,acpi=loud\" ignored: log takes off|error|warn|info|debug|trace"]
        );
        let options = Options::parse("log=debug,acpi=trace");
        assert_eq!(Some(options.log), LogFilter::parse("debug,acpi=trace"));
    }

    #[test]
    fn the_table_and_the_parser_agree() {
        for option in OPTIONS {
            for value in option.values.split('|') {
                let word = format!("{}={value}", option.name);
                assert_eq!(Options::parse(&word).complaints().count(), 0, "{word}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read(line in any::<String>()) {
            let options = Options::parse(&line);
            prop_assert!(options.complaints().count() <= line.split_whitespace().count());
            let given = Text::<200>::of(&line);
            prop_assert!(line.contains('"') || as_written(&given).as_str() == given.as_str());
        }
    }
}
