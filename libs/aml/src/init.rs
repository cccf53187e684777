//! Initialisation of the devices: `_REG`, `_STA`, `_INI`, in the order of the
//! standard (ACPI 6.5, 6.5.1 and 6.5.4). Each device's failure is its own.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::budget::Budget;
use crate::data::Data;
use crate::embedded::EcPorts;
use crate::error::Error;
use crate::hardware::Hardware;
use crate::interpreter::Interpreter;
use crate::name::Seg;
use crate::namespace::{Namespace, NodeId};
use crate::object::{Kind, Object};
use crate::region::Space;

const CRS: Seg = Seg(*b"_CRS");
const HID: Seg = Seg(*b"_HID");
const INI: Seg = Seg(*b"_INI");
pub(crate) const REG: Seg = Seg(*b"_REG");
const STA: Seg = Seg(*b"_STA");

/// Bits of `_STA` (ACPI 6.5, 6.3.7).
const PRESENT: u64 = 1 << 0;
const FUNCTIONING: u64 = 1 << 3;
/// What a device without `_STA` is.
const ALL_SET: u64 = 0x0F;

/// The embedded controller's ID, as a string and as a compressed EISA ID.
const EC_ID: (&str, u64) = ("PNP0C09", 0x090C_D041);

/// What initialisation came to.
#[derive(Debug, Default)]
pub struct Initialised {
    /// `_INI` methods that ran.
    pub inits: usize,
    /// `_REG` methods that ran.
    pub regs: usize,
    /// What failed, and why.
    pub failures: Vec<Error>,
}

impl Interpreter {
    /// Initialises the devices, after all tables have been loaded. The budget
    /// is that of each evaluation.
    pub fn initialise(&mut self, hardware: &mut dyn Hardware, budget: &Budget) -> Initialised {
        let mut done = Initialised::default();
        let top = [Some(Namespace::ROOT), self.names().find("\\_SB")];
        for scope in top.into_iter().flatten() {
            self.run_init(scope, hardware, budget, &mut done);
        }
        self.find_embedded_controller(hardware, budget);
        self.connect_regions(hardware, budget, &mut done);
        self.initialise_devices(hardware, budget, &mut done);
        done
    }

    /// The status of a device, by `_STA`; without one it is present and works.
    pub fn status(
        &mut self,
        device: NodeId,
        hardware: &mut dyn Hardware,
        budget: &Budget,
    ) -> Result<u64, Error> {
        let Some(node) = self.names().child(device, STA) else { return Ok(ALL_SET) };
        let value = self.evaluate_node(node, &[], hardware, budget)?;
        Ok(value.and_then(|value| value.as_integer()).unwrap_or_default())
    }

    /// Calls `_REG` for each space that a device has a region of.
    fn connect_regions(
        &mut self,
        hardware: &mut dyn Hardware,
        budget: &Budget,
        done: &mut Initialised,
    ) {
        let spaces = self.state.settings.spaces;
        self.call_reg(spaces, hardware, budget, done);
    }

    /// Tells the devices of a driver that has come later than the others: calls
    /// `_REG` for the space, of each device that has a region of it.
    pub fn connect(
        &mut self,
        space: Space,
        hardware: &mut dyn Hardware,
        budget: &Budget,
    ) -> Initialised {
        let mut done = Initialised::default();
        self.call_reg(&[space], hardware, budget, &mut done);
        done
    }

    fn call_reg(
        &mut self,
        spaces: &[Space],
        hardware: &mut dyn Hardware,
        budget: &Budget,
        done: &mut Initialised,
    ) {
        let names = self.names();
        let mut wanted: BTreeSet<(Space, NodeId)> = BTreeSet::new();
        for node in names.walk(Namespace::ROOT) {
            if let (Ok(Object::Region(region)), Some(scope)) =
                (names.object(node), names.parent(node))
                && spaces.contains(&region.space)
                && let Some(reg) = names.child(scope, REG)
            {
                wanted.insert((region.space, reg));
            }
        }
        for (space, reg) in wanted {
            let arguments = [Data::Integer(u64::from(space.0)), Data::Integer(1)];
            match self.evaluate_node(reg, &arguments, hardware, budget) {
                Ok(_) => done.regs = done.regs.saturating_add(1),
                Err(error) => done.failures.push(error),
            }
        }
    }

    /// Walks the devices that have an `_INI`, or one below: asks `_STA`, runs
    /// `_INI` of what is present, and goes below what is present or works.
    fn initialise_devices(
        &mut self,
        hardware: &mut dyn Hardware,
        budget: &Budget,
        done: &mut Initialised,
    ) {
        let on_the_way = self.scopes_with_inits();
        let mut next = self.names().after(Namespace::ROOT, Namespace::ROOT, true);
        while let Some(node) = next {
            let kind = self.names().kind(node);
            let is_device =
                matches!(kind, Some(Kind::Device | Kind::Processor | Kind::ThermalZone));
            let mut below = on_the_way.contains(&node);
            if is_device && below && !self.is_top(node) {
                match self.status(node, hardware, budget) {
                    Ok(status) => {
                        if status & PRESENT != 0 {
                            self.run_init(node, hardware, budget, done);
                        }
                        below = status & (PRESENT | FUNCTIONING) != 0;
                    }
                    Err(error) => {
                        done.failures.push(error);
                        below = false;
                    }
                }
            }
            next = self.names().after(node, Namespace::ROOT, below);
        }
    }

    /// True for `\_SB`, whose `_INI` has run first.
    fn is_top(&self, node: NodeId) -> bool {
        self.names().parent(node) == Some(Namespace::ROOT)
            && self.names().seg(node) == Some(Seg(*b"_SB_"))
    }

    fn scopes_with_inits(&self) -> BTreeSet<NodeId> {
        let names = self.names();
        let mut scopes = BTreeSet::new();
        for node in names.walk(Namespace::ROOT) {
            if names.seg(node) == Some(INI) {
                let mut scope = names.parent(node);
                while let Some(above) = scope
                    && scopes.insert(above)
                {
                    scope = names.parent(above);
                }
            }
        }
        scopes
    }

    fn run_init(
        &mut self,
        scope: NodeId,
        hardware: &mut dyn Hardware,
        budget: &Budget,
        done: &mut Initialised,
    ) {
        let Some(node) = self.names().child(scope, INI) else { return };
        match self.evaluate_node(node, &[], hardware, budget) {
            Ok(_) => done.inits = done.inits.saturating_add(1),
            Err(error) => done.failures.push(error),
        }
    }

    /// Finds the ports of the embedded controller: by ECDT, or by `_CRS` of the
    /// device PNP0C09.
    fn find_embedded_controller(&mut self, hardware: &mut dyn Hardware, budget: &Budget) {
        if self.state.ec_ports.is_some() {
            return;
        }
        if let Some(table) = hardware.firmware_table(b"ECDT", b"", b"") {
            self.state.ec_ports = EcPorts::from_ecdt(&table);
        }
        let devices: Vec<NodeId> = self
            .names()
            .walk(Namespace::ROOT)
            .filter(|&node| self.names().seg(node) == Some(HID))
            .collect();
        for id in devices {
            if self.state.ec_ports.is_some() {
                return;
            }
            let is_ec = match self.evaluate_node(id, &[], hardware, budget) {
                Ok(Some(Data::String(name))) => name == EC_ID.0,
                Ok(Some(Data::Integer(number))) => number == EC_ID.1,
                _ => false,
            };
            let names = self.names();
            let resources = names.parent(id).and_then(|device| names.child(device, CRS));
            if is_ec
                && let Some(resources) = resources
                && let Ok(Some(Data::Buffer(bytes))) =
                    self.evaluate_node(resources, &[], hardware, budget)
            {
                self.state.ec_ports = EcPorts::from_crs(&bytes);
            }
        }
    }
}
