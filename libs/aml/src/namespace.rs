//! The namespace: a tree of named objects. How it is searched is in `search`.

mod search;
#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::error::Fault;
use crate::name::{Path, Seg};
use crate::object::{Kind, Object};

/// A node of the namespace. Stays valid until the node is removed, and then
/// names nothing: a number is used again under a new generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId {
    index: u32,
    generation: u32,
}

#[derive(Debug)]
struct Node {
    seg: Seg,
    generation: u32,
    /// Nothing stands here; a number to be used again.
    removed: bool,
    parent: u32,
    first_child: u32,
    last_child: u32,
    next: u32,
    object: Object,
}

/// The end of a list of children. The root, number 0, is nobody's child.
const NONE: u32 = 0;
const ROOT_INDEX: u32 = 0;

/// Aliases that may lead to each other.
const ALIAS_LIMIT: u32 = 16;

/// The namespace.
#[derive(Debug)]
pub struct Namespace {
    nodes: Vec<Node>,
    free: Vec<u32>,
    /// Children by parent and segment.
    children: BTreeMap<(u32, Seg), u32>,
}

impl Namespace {
    /// The root node.
    pub const ROOT: NodeId = NodeId { index: ROOT_INDEX, generation: 0 };

    pub(crate) fn new() -> Self {
        let root = Node {
            seg: Seg::ROOT,
            generation: 0,
            removed: false,
            parent: ROOT_INDEX,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
            object: Object::Scope,
        };
        Self { nodes: alloc::vec![root], free: Vec::new(), children: BTreeMap::new() }
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        let node = self.nodes.get(id.index as usize)?;
        (node.generation == id.generation && !node.removed).then_some(node)
    }

    fn id(&self, index: u32) -> Option<NodeId> {
        let node = self.nodes.get(index as usize)?;
        Some(NodeId { index, generation: node.generation })
    }

    /// The object of a node. An alias is an object of its own here.
    pub(crate) fn object(&self, id: NodeId) -> Result<&Object, Fault> {
        self.node(id).map(|node| &node.object).ok_or(Fault::Stale)
    }

    pub(crate) fn object_mut(&mut self, id: NodeId) -> Result<&mut Object, Fault> {
        match self.nodes.get_mut(id.index as usize) {
            Some(node) if node.generation == id.generation && !node.removed => Ok(&mut node.object),
            _ => Err(Fault::Stale),
        }
    }

    /// Iterates over all objects, in no order.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.nodes.iter().filter(|node| !node.removed).map(|node| &node.object)
    }

    /// Number of nodes.
    pub fn count(&self) -> usize {
        self.nodes.len().saturating_sub(self.free.len())
    }

    /// Bytes that the nodes take, roughly.
    pub(crate) fn used(&self) -> usize {
        /// A node, its entry in the index, and what an object may have on the side.
        const COST: usize = size_of::<Node>().saturating_add(24);
        self.count().saturating_mul(COST)
    }

    /// The type of a node's object; that of its target for an alias.
    pub fn kind(&self, id: NodeId) -> Option<Kind> {
        Some(self.node(self.follow(id))?.object.kind())
    }

    /// What a node's object is, in words.
    pub fn describe(&self, id: NodeId) -> String {
        self.object(self.follow(id)).map_or_else(|fault| fault.to_string(), ToString::to_string)
    }

    /// The last segment of a node's path.
    pub fn seg(&self, id: NodeId) -> Option<Seg> {
        self.node(id).map(|node| node.seg)
    }

    /// The parent of a node; the root has none.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let node = self.node(id)?;
        (id.index != ROOT_INDEX).then(|| self.id(node.parent)).flatten()
    }

    /// The child of a node by its segment; an alias is not followed.
    pub fn child(&self, parent: NodeId, seg: Seg) -> Option<NodeId> {
        self.node(parent)?;
        self.id(*self.children.get(&(parent.index, seg))?)
    }

    /// Creates a named object; all of its path but the last segment must be there.
    pub(crate) fn create(
        &mut self,
        scope: NodeId,
        path: &Path<'_>,
        object: Object,
    ) -> Result<NodeId, Fault> {
        let missing = || Fault::NotFound(path.to_string());
        let mut parent = self.start(scope, path).ok_or_else(missing)?;
        let mut segs = path.segs();
        let mut seg = segs.next().ok_or(Fault::BadName)?;
        for next in segs {
            parent = self.child(parent, seg).map(|id| self.follow(id)).ok_or_else(missing)?;
            seg = next;
        }
        self.add(parent, seg, object)
    }

    /// Adds a child.
    pub(crate) fn add(
        &mut self,
        parent: NodeId,
        seg: Seg,
        object: Object,
    ) -> Result<NodeId, Fault> {
        if let Some(there) = self.child(parent, seg) {
            return Err(Fault::Exists(self.path(there)));
        }
        let previous = self.node(parent).ok_or(Fault::Stale)?.last_child;
        let mut node = Node {
            seg,
            generation: 0,
            removed: false,
            parent: parent.index,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
            object,
        };
        let index = match self.free.pop() {
            Some(index) => {
                let place = self.nodes.get_mut(index as usize).ok_or(Fault::Stale)?;
                node.generation = place.generation.wrapping_add(1);
                *place = node;
                index
            }
            None => {
                let index = u32::try_from(self.nodes.len()).map_err(|_| Fault::OutOfMemory)?;
                self.nodes.push(node);
                index
            }
        };
        match self.nodes.get_mut(previous as usize) {
            Some(previous_child) if previous != NONE => previous_child.next = index,
            _ => {}
        }
        if let Some(parent) = self.nodes.get_mut(parent.index as usize) {
            parent.last_child = index;
            if parent.first_child == NONE {
                parent.first_child = index;
            }
        }
        self.children.insert((parent.index, seg), index);
        self.id(index).ok_or(Fault::Stale)
    }

    /// Removes a node and all below it.
    pub(crate) fn remove(&mut self, top: NodeId) {
        if top == Self::ROOT || self.node(top).is_none() {
            return;
        }
        self.unlink(top);
        let mut open = alloc::vec![top.index];
        while let Some(index) = open.pop() {
            let Some(node) = self.nodes.get_mut(index as usize) else { continue };
            node.removed = true;
            node.object = Object::Scope;
            let (parent, seg, mut child) = (node.parent, node.seg, node.first_child);
            self.children.remove(&(parent, seg));
            self.free.push(index);
            while child != NONE {
                open.push(child);
                child = self.nodes.get(child as usize).map_or(NONE, |node| node.next);
            }
        }
    }

    /// Takes a node out of its parent's list.
    fn unlink(&mut self, id: NodeId) {
        let Some(node) = self.node(id) else { return };
        let (parent, next) = (node.parent, node.next);
        let first = self.nodes.get(parent as usize).map_or(NONE, |parent| parent.first_child);
        let mut previous = NONE;
        let mut child = first;
        while child != NONE && child != id.index {
            previous = child;
            child = self.nodes.get(child as usize).map_or(NONE, |node| node.next);
        }
        if previous != NONE
            && let Some(node) = self.nodes.get_mut(previous as usize)
        {
            node.next = next;
        }
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            if first == id.index {
                parent.first_child = next;
            }
            if parent.last_child == id.index {
                parent.last_child = previous;
            }
        }
    }
}
