//! `_REG` for regions that come later than the system's drivers: those that a
//! method creates, and those of a table that AML loads (ACPI 6.5, 6.5.4).

use alloc::collections::BTreeSet;

use super::Machine;
use super::frame::Wanted;
use crate::error::Fault;
use crate::init::REG;
use crate::namespace::NodeId;
use crate::object::Object;
use crate::region::Space;
use crate::value::Value;

impl Machine<'_> {
    /// Begins `_REG` of each scope that has one, for each space that has a
    /// driver; they run before the code goes on. Of memory and ports a system
    /// says nothing when it starts, but ACPICA does of regions that come later.
    pub(super) fn announce(&mut self, created: &[NodeId]) -> Result<(), Fault> {
        const CONNECT: Value = Value::Integer(1);
        let names = &self.state.names;
        let has_driver = |space: &Space| {
            [Space::MEMORY, Space::IO].contains(space) || self.state.settings.spaces.contains(space)
        };
        let methods: BTreeSet<(Space, NodeId)> = created
            .iter()
            .filter_map(|&node| match names.object(node) {
                Ok(Object::Region(region)) => {
                    let method = names.child(names.parent(node)?, REG)?;
                    has_driver(&region.space).then_some((region.space, method))
                }
                _ => None,
            })
            .collect();
        for (space, method) in methods {
            if self.method_of(method).is_some() {
                let arguments = [Value::Integer(space.0.into()), CONNECT];
                self.begin_call(method, &arguments, Wanted::Nothing)?;
            }
        }
        Ok(())
    }
}
