//! Finds where a term ends without evaluating it.
//!
//! Needed after a term at table level has failed: the term is skipped and the
//! next one runs. A package's length says its end at once; for other terms the
//! arguments are skipped one by one.

use crate::decode::{Reader, Start};
use crate::error::Fault;
use crate::name::Path;
use crate::opcode::{Arg, Op};

/// Returns the offset behind the term at the reader. `arguments` gives a
/// method's number of arguments, zero for what is not a method or is unknown.
pub(crate) fn term_end(
    mut reader: Reader<'_>,
    arguments: &dyn Fn(&Path<'_>) -> u8,
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
    use Op::{Buffer, Package, Text, VarPackage};
    use Op::{ByteConst, DWordConst, One, Ones, QWordConst, Revision, WordConst, Zero};
    let integers = [Zero, One, Ones, ByteConst, WordConst, DWordConst, QWordConst, Revision];
    integers.contains(&op)
        || [Text, Buffer, Package, VarPackage].contains(&op)
        || op.name().starts_with("Local")
        || op.name().starts_with("Arg")
}
