//! Tests of the wiring: what QEMU says, and what broken firmware says.

use super::*;
use crate::acpi::madt::tests::{CPU, madt, x2apic};
use proptest::prelude::*;

fn io_apic(id: u8, address: u32, base: u32) -> Vec<u8> {
    let mut entry = vec![1, 12, id, 0];
    entry.extend(address.to_le_bytes());
    entry.extend(base.to_le_bytes());
    entry
}

fn override_of(bus: u8, source: u8, gsi: u32, flags: u16) -> Vec<u8> {
    let mut entry = vec![2, 10, bus, source];
    entry.extend(gsi.to_le_bytes());
    entry.extend(flags.to_le_bytes());
    entry
}

fn read(entries: &[Vec<u8>]) -> Wiring {
    let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    Wiring::read(&madt(&entries), Some(9))
}

fn words(wiring: &Wiring) -> Vec<String> {
    wiring.complaints().map(|complaint| complaint.to_string()).collect()
}

/// As QEMU's pc and q35 have it, in both orders.
#[test]
fn an_ordinary_pc() {
    let mut table = vec![
        CPU.to_vec(),
        io_apic(0, 0xfec0_0000, 0),
        override_of(0, 0, 2, 0),
        override_of(0, 5, 5, 0x0d),
        override_of(0, 9, 9, 0x0d),
        vec![4, 6, 0xff, 0, 0, 1],
    ];
    for _ in 0..2 {
        let wiring = read(&table);
        assert_eq!(wiring.io_apics().map(|apic| apic.address).collect::<Vec<_>>(), [0xfec0_0000]);
        let timer = wiring.isa(0).unwrap();
        assert_eq!((timer.gsi, timer.trigger, timer.overridden), (Some(2), Trigger::Edge, true));
        assert_eq!(wiring.isa(2).unwrap().gsi, None);
        assert_eq!(wiring.isa(1).unwrap().gsi, Some(1));
        let sci = wiring.isa(9).unwrap();
        assert_eq!((sci.polarity, sci.trigger), (Polarity::ActiveHigh, Trigger::Level));
        assert_eq!((wiring.isa_on(2), wiring.isa_on(0), wiring.isa_on(16)), (Some(0), None, None));
        let nmi = Nmi { pin: 1, polarity: Polarity::ActiveHigh, trigger: Trigger::Edge };
        assert_eq!(wiring.local_nmis().collect::<Vec<_>>(), [nmi]);
        assert_eq!(words(&wiring), [""; 0]);
        table.reverse();
    }
}

/// Level and low where the MADT says nothing, or says "as the bus does it", and as
/// it says else (ACPI 6.5, 5.2.9 and 5.2.12.5).
#[test]
fn the_sci_is_level_and_low_unless_an_override_says_otherwise() {
    use Polarity::{ActiveHigh, ActiveLow};
    for (flags, expected) in [
        (None, (ActiveLow, Trigger::Level)),
        (Some(0), (ActiveLow, Trigger::Level)),
        (Some(0x0d), (ActiveHigh, Trigger::Level)),
        (Some(0x0c), (ActiveLow, Trigger::Level)),
        (Some(0x05), (ActiveHigh, Trigger::Edge)),
        (Some(0x04), (ActiveLow, Trigger::Edge)),
    ] {
        let told = flags.map(|flags| override_of(0, 9, 20, flags));
        let wiring = read(&told.into_iter().collect::<Vec<_>>());
        let sci = wiring.isa(9).unwrap();
        assert_eq!((sci.polarity, sci.trigger), expected, "{flags:x?}");
        assert_eq!(sci.gsi, Some(if flags.is_some() { 20 } else { 9 }));
        // The lines beside it are ISA's.
        let other = wiring.isa(10).unwrap();
        assert_eq!((other.polarity, other.trigger), (ActiveHigh, Trigger::Edge));
    }
    let sci = Wiring::new(Some(11)).isa(11).unwrap();
    assert_eq!((sci.polarity, sci.trigger, sci.overridden), (ActiveLow, Trigger::Level, false));
    assert!((0..16).all(|irq| Wiring::new(Some(16)).isa(irq).unwrap().trigger == Trigger::Edge));
}

#[test]
fn a_pin_for_pci_is_level_and_low_unless_an_override_says_otherwise() {
    let wiring = read(&[override_of(0, 5, 5, 0x0d), override_of(0, 0, 2, 0)]);
    let pci = |irq| (irq, Polarity::ActiveLow, Trigger::Level);
    assert_eq!(wiring.pci_pin(5), (Some(5), Polarity::ActiveHigh, Trigger::Level));
    assert_eq!((wiring.pci_pin(11), wiring.pci_pin(16)), (pci(Some(11)), pci(None)));
}

#[test]
fn without_io_apic_the_lines_are_where_isa_has_them() {
    let wiring = read(&[CPU.to_vec()]);
    assert_eq!(wiring.io_apics().count(), 0);
    assert!((0..16).all(|irq| wiring.isa(irq).unwrap().gsi == Some(u32::from(irq))));
    assert_eq!(wiring.isa(16), None);
}

#[test]
fn wide_ids_are_seen_in_any_order_and_placeholders_are_not() {
    let mut absent = x2apic(4000).to_vec();
    absent[8] = 0;
    let wiring = read(&[x2apic(511).to_vec(), CPU.to_vec(), x2apic(300).to_vec(), absent]);
    assert_eq!(wiring.largest_apic_id(), 511);
}

#[test]
fn nonsense_is_refused_in_words() {
    let wiring = read(&[
        override_of(0, 16, 3, 0),
        override_of(1, 3, 3, 0),
        override_of(0, 3, 20, 0),
        override_of(0, 3, 21, 0),
        override_of(0, 4, 20, 0),
        override_of(0, 6, 6, 0x0a),
        io_apic(1, 0, 0),
        io_apic(2, 0xfec0_0008, 0),
        io_apic(3, 0xfec0_0000, 0),
        io_apic(4, 0xfec0_0000, 24),
        io_apic(5, 0xfec1_0000, 0),
        vec![4, 6, 0xff, 0, 0, 2],
    ]);
    assert_eq!(
        words(&wiring),
        [
            "an override is for IRQ 16, which ISA does not have",
            "an override is for bus 1, which is not ISA",
            "IRQ 3 is overridden twice: the first stands",
            "polarity and trigger 0xa are reserved codes: taken as ISA's",
            "I/O APIC 1 at 0x0, from GSI 0 cannot be there: not used",
            "I/O APIC 2 at 0xfec00008, from GSI 0 cannot be there: not used",
            "I/O APIC 4 at 0xfec00000, from GSI 24 is on top of another one: not used",
            "I/O APIC 5 at 0xfec10000, from GSI 0 is on top of another one: not used",
            "a local APIC's NMI is on LINT2, which it does not have",
            "IRQ 4 is given GSI 20, which another line has",
        ]
    );
    assert_eq!(wiring.io_apics().map(|apic| apic.id).collect::<Vec<_>>(), [3]);
    assert_eq!((wiring.isa(3).unwrap().gsi, wiring.isa(4).unwrap().gsi), (Some(20), None));
}

#[test]
fn pins_overlap_when_they_share_one() {
    let pins = |base, count| Pins { base, count };
    assert!(pins(0, 24).overlap(pins(23, 1)));
    assert!(pins(23, 1).overlap(pins(0, 24)));
    assert!(!pins(0, 24).overlap(pins(24, 24)));
    assert!(!pins(0, 0).overlap(pins(0, 0)));
    assert_eq!(
        (pins(24, 8).pin(31), pins(24, 8).pin(32), pins(24, 8).pin(0)),
        (Some(7), None, None)
    );
    assert!(pins(u32::MAX, 24).overlap(pins(u32::MAX - 1, 2)));
}

proptest! {
    #[test]
    fn any_table_gives_every_pin_to_one_line(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        let wiring = Wiring::read(&bytes, bytes.first().copied());
        prop_assert!(wiring.io_apics().count() <= MAX_IO_APICS);
        for irq in 0..16 {
            let gsi = wiring.isa(irq).unwrap().gsi;
            prop_assert!(gsi.is_none_or(|gsi| wiring.isa_on(gsi) == Some(irq)));
        }
    }

    #[test]
    fn any_overrides_give_every_pin_to_one_line(
        list in prop::collection::vec((0u8..3, 0u8..20, 0u32..30, any::<u16>()), 0..40)
    ) {
        let table: Vec<_> = list.iter().map(|&(bus, irq, gsi, flags)| override_of(bus / 2, irq, gsi, flags)).collect();
        let wiring = read(&table);
        for irq in 0..16 {
            let gsi = wiring.isa(irq).unwrap().gsi;
            prop_assert!(gsi.is_none_or(|gsi| wiring.isa_on(gsi) == Some(irq)));
        }
    }

    #[test]
    fn the_order_of_processors_and_io_apics_does_not_matter(ids in prop::collection::vec(0u32..1000, 1..20)) {
        let table: Vec<_> = ids.iter().map(|id| x2apic(*id).to_vec()).collect();
        prop_assert_eq!(read(&table).largest_apic_id(), ids.iter().copied().max().unwrap());
    }
}
