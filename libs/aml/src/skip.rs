//! Finds where a term ends without evaluating it.
//!
//! Needed after a term at table level has failed: the term is skipped and the
//! next one runs. A package's length says its end at once; for other terms the
//! arguments are skipped one by one.

use core::cell::Cell;

use crate::decode::{Reader, Start};
use crate::error::Fault;
use crate::name::Path;
use crate::opcode::{Arg, Op};

/// Arguments that a method of unknown kind may take.
const MOST_ARGUMENTS: u8 = 7;

/// What a name is, as far as it is known: a method's number of arguments, or no
/// method. Nothing for a name that is not there: it may be a call.
pub(crate) type Known<'a> = &'a dyn Fn(&Path<'_>) -> Option<Option<u8>>;

/// Returns where the term at the reader ends, and how many arguments the first
/// unknown name in it takes: as many as it needs to come to something that can be
/// a statement.
pub(crate) fn guess_end(reader: Reader<'_>, known: Known<'_>) -> Option<(usize, u8)> {
    let may_be_call = |path: &Path<'_>| known(path) != Some(None);
    let try_count = |unknown: u8, places: Places| {
        // The first unknown name is the call, its arguments may be unknown data.
        let first = Cell::new(unknown);
        let arguments =
            |path: &Path<'_>| known(path).map_or_else(|| first.take(), Option::unwrap_or_default);
        let end = term_end(reader, &arguments, places).ok()?;
        let mut behind = reader;
        behind.at = end;
        is_statement(behind, &may_be_call).then_some((end, unknown))
    };
    let counts = 0..=MOST_ARGUMENTS;
    counts
        .clone()
        .find_map(|unknown| try_count(unknown, Places::Sensible))
        .or_else(|| counts.clone().find_map(|unknown| try_count(unknown, Places::Any)))
}

/// What may stand where an operator writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Places {
    /// What a compiler lets stand there: no number.
    Sensible,
    /// Any term.
    Any,
}

/// Returns the offset behind the term at the reader. `arguments` gives a
/// method's number of arguments, zero for what is not a method or is unknown.
fn term_end(
    mut reader: Reader<'_>,
    arguments: &dyn Fn(&Path<'_>) -> u8,
    places: Places,
) -> Result<usize, Fault> {
    /// Arguments that are still to be skipped, of the terms that are open.
    enum Open {
        Listed(&'static [Arg]),
        Terms(u8),
    }
    let mut open = alloc::vec![Open::Terms(1)];
    while let Some(top) = open.last_mut() {
        let arg = match top {
            Open::Listed(rest) => rest.split_off_first().copied(),
            Open::Terms(left) => left.checked_sub(1).map(|less| {
                *left = less;
                Arg::Term
            }),
        };
        match arg {
            None => {
                open.pop();
            }
            Some(arg @ (Arg::Term | Arg::Super | Arg::Target | Arg::Maybe)) => {
                match reader.start()? {
                    Start::Name if arg == Arg::Term => {
                        open.push(Open::Terms(arguments(&reader.name()?)));
                    }
                    Start::Name => {
                        reader.name()?;
                    }
                    Start::Op(op) if places == Places::Sensible && !may_stand(arg, op) => {
                        return Err(Fault::BadOpcode(op as u16));
                    }
                    Start::Op(op) if op.has_package() => reader.at = reader.package_end()?,
                    Start::Op(op) => open.push(Open::Listed(op.arguments())),
                }
            }
            Some(Arg::Name) => {
                reader.name()?;
            }
            Some(arg) => skip_plain(&mut reader, arg)?,
        }
    }
    Ok(reader.at)
}

/// True if an operator may stand as an argument of a kind. Only a target that is
/// left out is written as `Zero`.
fn may_stand(arg: Arg, op: Op) -> bool {
    match arg {
        Arg::Super | Arg::Maybe => !is_constant(op),
        Arg::Target => op == Op::Zero || !is_constant(op),
        _ => true,
    }
}

/// Skips an argument that stands by itself in the bytes.
fn skip_plain(reader: &mut Reader<'_>, arg: Arg) -> Result<(), Fault> {
    match arg {
        Arg::Byte => reader.take(1).map(drop),
        Arg::Word => reader.take(2).map(drop),
        Arg::DWord => reader.take(4).map(drop),
        Arg::QWord => reader.take(8).map(drop),
        Arg::Text => reader.text().map(drop),
        _ => Err(Fault::Internal("a package's content outside a package")),
    }
}

/// True if a statement may begin at the reader, or its list ends there: the test
/// of a guess about where the last term has ended. A name alone is one only if it
/// may be a call.
pub(crate) fn is_statement(
    mut reader: Reader<'_>,
    may_be_call: &dyn Fn(&Path<'_>) -> bool,
) -> bool {
    if reader.is_at_end() {
        return true;
    }
    match reader.start() {
        Ok(Start::Name) => reader.name().is_ok_and(|path| may_be_call(&path)),
        Ok(Start::Op(op)) => !is_bare_value(op),
        Err(_) => false,
    }
}

/// Operators that give a value and do nothing, which no compiler lets stand alone.
fn is_bare_value(op: Op) -> bool {
    is_constant(op) || op.name().starts_with("Local") || op.name().starts_with("Arg")
}

/// Numbers, strings, buffers and packages.
fn is_constant(op: Op) -> bool {
    use Op::{Buffer, Package, Text, VarPackage};
    use Op::{ByteConst, DWordConst, One, Ones, QWordConst, Revision, WordConst, Zero};
    let integers = [Zero, One, Ones, ByteConst, WordConst, DWordConst, QWordConst, Revision];
    integers.contains(&op) || [Text, Buffer, Package, VarPackage].contains(&op)
}
