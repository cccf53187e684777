//! The address of a `PCI_Config` region: the function that it belongs to.
//!
//! AML says only which device a region stands under. Device and function are in
//! `_ADR` of that device; the bus follows from the devices above: each one up to
//! the host bridge is a bridge, whose secondary bus is read from it. The host
//! bridge gives the first bus by `_BBN` and the segment by `_SEG`. An address
//! that cannot be found so is refused: a guess would write another device.

use alloc::vec::Vec;

use super::Machine;
use crate::error::Fault;
use crate::hardware::{HardwareFault, PciAddress};
use crate::name::Seg;
use crate::namespace::NodeId;
use crate::object::{Kind, Object};
use crate::value::Value;

const ADR: Seg = Seg(*b"_ADR");
const BBN: Seg = Seg(*b"_BBN");
const SEG: Seg = Seg(*b"_SEG");
const HID: Seg = Seg(*b"_HID");
const CID: Seg = Seg(*b"_CID");

/// PNP0A03 and PNP0A08, PCI and PCI Express host bridges, as strings and as
/// compressed EISA IDs.
const HOST_BRIDGES: [(&[u8], u64); 2] = [(b"PNP0A03", 0x030A_D041), (b"PNP0A08", 0x080A_D041)];

impl Machine<'_> {
    /// Finds the function of a region and remembers it.
    pub(super) fn pci_address(&mut self, region: NodeId) -> Result<PciAddress, Fault> {
        let mut chain = Vec::new();
        let mut node = self.device_above(region);
        let host = loop {
            let Some(device) = node else {
                let why = "a PCI_Config region under no PCI host bridge";
                return Err(HardwareFault::Refused(why).into());
            };
            if self.is_host_bridge(device) {
                break device;
            }
            chain.push(device);
            node = self.device_above(device);
        };
        let bus = self.number_of(host, BBN)?.unwrap_or_default();
        let segment = self.number_of(host, SEG)?.unwrap_or_default();
        let mut address = PciAddress {
            segment: u16::try_from(segment & 0xFFFF).unwrap_or_default(),
            bus: u8::try_from(bus & 0xFF).unwrap_or_default(),
            device: 0,
            function: 0,
        };
        // A region of the host bridge itself: the function it shows on its bus.
        let own = chain.is_empty().then_some(host);
        let mut is_first = true;
        for device in own.into_iter().chain(chain.into_iter().rev()) {
            if !is_first {
                let bus = self.hardware.secondary_bus(address)?;
                address.bus = bus.ok_or(HardwareFault::Refused(
                    "a PCI_Config region behind a function that is no bridge",
                ))?;
            }
            is_first = false;
            let adr = match self.number_of(device, ADR)? {
                Some(adr) => adr,
                None if device == host => 0,
                None => {
                    let why = "a PCI_Config region under a device without _ADR";
                    return Err(HardwareFault::Refused(why).into());
                }
            };
            (address.device, address.function) = device_and_function(adr)?;
        }
        if let Object::Region(region) = self.state.names.object_mut(region)? {
            region.pci = Some(address);
        }
        Ok(address)
    }

    /// The closest device above a node.
    fn device_above(&self, node: NodeId) -> Option<NodeId> {
        let mut node = self.state.names.parent(node)?;
        while self.state.names.kind(node) != Some(Kind::Device) {
            node = self.state.names.parent(node)?;
        }
        Some(node)
    }

    /// True if `_HID` or `_CID` of a device says that it is a host bridge.
    fn is_host_bridge(&mut self, device: NodeId) -> bool {
        [HID, CID].into_iter().any(|seg| {
            let Some(node) = self.state.names.child(device, seg) else { return false };
            let node = self.state.names.follow(node);
            match self.evaluate_nested(node, &[]) {
                Ok(Some(id)) => self.is_host_bridge_id(id),
                _ => false,
            }
        })
    }

    fn is_host_bridge_id(&self, id: Value) -> bool {
        match id {
            Value::Integer(id) => HOST_BRIDGES.iter().any(|(_, known)| *known == id),
            Value::String(id) => self
                .state
                .heap
                .bytes(id)
                .is_ok_and(|id| HOST_BRIDGES.iter().any(|(known, _)| *known == id)),
            Value::Package(ids) => self.state.heap.package(ids).is_ok_and(|ids| {
                ids.iter().any(|&id| !matches!(id, Value::Package(_)) && self.is_host_bridge_id(id))
            }),
            _ => false,
        }
    }

    /// The number of a name under a device, if it is there.
    fn number_of(&mut self, device: NodeId, seg: Seg) -> Result<Option<u64>, Fault> {
        let Some(node) = self.state.names.child(device, seg) else { return Ok(None) };
        let node = self.state.names.follow(node);
        let value = self.evaluate_nested(node, &[])?.ok_or(Fault::NoValue)?;
        self.to_integer(value).map(Some)
    }
}

/// Device and function of an `_ADR` of PCI (ACPI 6.5, 6.1.1).
fn device_and_function(adr: u64) -> Result<(u8, u8), Fault> {
    let (device, function) = ((adr >> 16) & 0xFFFF, adr & 0xFFFF);
    match (u8::try_from(device), u8::try_from(function)) {
        (Ok(device @ 0..32), Ok(function @ 0..8)) => Ok((device, function)),
        _ => Err(HardwareFault::Refused("an _ADR that is no PCI device and function").into()),
    }
}
