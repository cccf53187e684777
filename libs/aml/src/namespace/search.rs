//! Walks and the standard's rules of search (ACPI 6.5, 5.3).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{ALIAS_LIMIT, NONE, Namespace, NodeId};
use crate::error::Fault;
use crate::name::{Path, PathText, absolute};
use crate::object::Object;

impl Namespace {
    /// The path of a node from the root.
    pub fn path(&self, id: NodeId) -> String {
        let mut segs = Vec::new();
        let mut node = id;
        while let Some(parent) = self.parent(node) {
            segs.extend(self.seg(node));
            node = parent;
        }
        absolute(segs.into_iter().rev())
    }

    /// A path from the root, as it would be in a scope, whether it is there or not.
    pub(crate) fn absolute(&self, scope: NodeId, path: &Path<'_>) -> String {
        let mut above = Vec::new();
        let mut node = self.start(scope, path);
        while let Some(parent) = node.and_then(|id| self.parent(id)) {
            above.extend(node.and_then(|id| self.seg(id)));
            node = Some(parent);
        }
        absolute(above.into_iter().rev().chain(path.segs()))
    }

    /// Iterates over the children of a node, in the order of their creation.
    pub fn children(&self, parent: NodeId) -> impl Iterator<Item = NodeId> {
        let mut next = self.node(parent).map_or(NONE, |node| node.first_child);
        core::iter::from_fn(move || {
            let id = (next != NONE).then(|| self.id(next)).flatten()?;
            next = self.nodes.get(next as usize).map_or(NONE, |node| node.next);
            Some(id)
        })
    }

    /// Iterates over all nodes below one, depth first, parents before children.
    pub fn walk(&self, top: NodeId) -> impl Iterator<Item = NodeId> {
        let mut next = self.after(top, top, true);
        core::iter::from_fn(move || {
            let id = next?;
            next = self.after(id, top, true);
            Some(id)
        })
    }

    /// Returns the node after one in a walk below `top`, with or without a
    /// visit of its children. Can be asked while the tree changes.
    pub fn after(&self, id: NodeId, top: NodeId, children: bool) -> Option<NodeId> {
        let mut node = self.node(id)?;
        if children && node.first_child != NONE {
            return self.id(node.first_child);
        }
        let mut id = id;
        while id != top {
            if node.next != NONE {
                return self.id(node.next);
            }
            id = self.parent(id)?;
            node = self.node(id)?;
        }
        None
    }

    /// Finds a node by an absolute path in text, such as `\_SB.PCI0`.
    pub fn find(&self, path: &str) -> Option<NodeId> {
        self.resolve(Self::ROOT, &PathText::parse(path)?.as_path()).ok()
    }

    /// Follows an alias to what it stands for.
    pub(crate) fn follow(&self, id: NodeId) -> NodeId {
        let mut id = id;
        for _ in 0..ALIAS_LIMIT {
            match self.node(id).map(|node| &node.object) {
                Some(Object::Alias(target)) => id = *target,
                _ => break,
            }
        }
        id
    }

    /// Finds what a path means in a scope. A lone segment is searched in the
    /// scope and its parents, anything else in one place (ACPI 6.5, 5.3).
    pub(crate) fn resolve(&self, scope: NodeId, path: &Path<'_>) -> Result<NodeId, Fault> {
        self.find_in(scope, path)
            .map(|id| self.follow(id))
            .ok_or_else(|| Fault::NotFound(path.to_string()))
    }

    /// The same, without an error made of words: for those who may not find.
    pub(crate) fn find_in(&self, scope: NodeId, path: &Path<'_>) -> Option<NodeId> {
        if let Some(seg) = path.single() {
            let mut scope = scope;
            loop {
                if let Some(found) = self.child(scope, seg) {
                    return Some(found);
                }
                scope = self.parent(scope)?;
            }
        }
        let mut node = self.start(scope, path)?;
        for seg in path.segs() {
            node = self.child(self.follow(node), seg)?;
        }
        Some(node)
    }

    /// The node that a path's segments begin at.
    pub(super) fn start(&self, scope: NodeId, path: &Path<'_>) -> Option<NodeId> {
        let mut node = if path.root { Self::ROOT } else { scope };
        for _ in 0..path.parents {
            node = self.parent(node)?;
        }
        Some(node)
    }
}
