//! The rules of search, and what adding and removing leaves.

use std::string::String;
use std::vec::Vec;

use super::*;
use crate::name::PathText;

fn create(names: &mut Namespace, path: &str) -> NodeId {
    let path = PathText::parse(path).unwrap();
    names.create(Namespace::ROOT, &path.as_path(), Object::Device).unwrap()
}

fn sample() -> Namespace {
    let mut names = Namespace::new();
    for path in ["\\_SB", "\\_SB.A", "\\_SB.A.X", "\\_SB.B", "\\C"] {
        create(&mut names, path);
    }
    names
}

fn all(names: &Namespace) -> Vec<String> {
    names.walk(Namespace::ROOT).map(|id| names.path(id)).collect()
}

#[test]
fn a_walk_is_depth_first_in_order_of_creation() {
    assert_eq!(all(&sample()), ["\\_SB", "\\_SB.A", "\\_SB.A.X", "\\_SB.B", "\\C"]);
}

#[test]
fn a_lone_segment_is_searched_upwards_and_no_other() {
    let names = sample();
    let scope = names.find("\\_SB.A.X").unwrap();
    let resolve = |path| {
        let path = PathText::parse(path).unwrap();
        names.resolve(scope, &path.as_path()).map(|id| names.path(id))
    };
    assert_eq!(resolve("C"), Ok("\\C".into()));
    assert_eq!(resolve("A"), Ok("\\_SB.A".into()));
    assert_eq!(resolve("^^B"), Ok("\\_SB.B".into()));
    assert_eq!(resolve("^C"), Err(Fault::NotFound("^C".into())));
    assert_eq!(resolve("A.X"), Err(Fault::NotFound("A.X".into())));
    assert_eq!(resolve("^^^^^C"), Err(Fault::NotFound("^^^^^C".into())));
}

#[test]
fn a_name_is_taken_once() {
    let mut names = sample();
    assert_eq!(
        names.add(Namespace::ROOT, Seg(*b"_SB_"), Object::Device),
        Err(Fault::Exists("\\_SB".into()))
    );
}

#[test]
fn what_is_removed_is_gone_with_all_below_and_its_number_is_new() {
    let mut names = sample();
    let (device, below) = (names.find("\\_SB.A").unwrap(), names.find("\\_SB.A.X").unwrap());
    names.remove(device);
    assert_eq!(all(&names), ["\\_SB", "\\_SB.B", "\\C"]);
    assert!(names.object(device).is_err() && names.object(below).is_err());
    for path in ["\\D", "\\_SB.E"] {
        create(&mut names, path);
    }
    assert!(names.object(device).is_err() && names.object(below).is_err());
    assert_eq!(all(&names), ["\\_SB", "\\_SB.B", "\\_SB.E", "\\C", "\\D"]);
    names.remove(names.find("\\_SB.E").unwrap());
    names.remove(names.find("\\_SB.B").unwrap());
    create(&mut names, "\\_SB.F");
    assert_eq!(all(&names), ["\\_SB", "\\_SB.F", "\\C", "\\D"]);
}
