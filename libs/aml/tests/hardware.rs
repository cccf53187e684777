//! Hardware as AML reaches it: PCI addresses, the embedded controller, CMOS,
//! the global lock, and the order of initialisation.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use valhalla_aml::{
    Access, Budget, Data, EcPorts, Error, Fault, Hardware, HardwareFault, Interpreter, PciAddress,
    Settings, Space, Width,
};

fn table(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(name);
    fs::read(path.with_extension("aml")).unwrap()
}

/// A machine that writes down what is done to it.
#[derive(Default)]
struct Machine {
    /// What was done, in words.
    log: Vec<String>,
    pci: BTreeMap<(PciAddress, u16), u8>,
    /// Bytes of the embedded controller, and how far its protocol has come.
    ec: BTreeMap<u8, u8>,
    ec_command: u8,
    ec_offset: Option<u8>,
    ec_output: Option<u8>,
    /// The controller never takes a byte.
    ec_hangs: bool,
    cmos_index: u8,
    lock_is_firmwares: u32,
    waited_us: u64,
}

const EC_DATA: u16 = 0x930;
const EC_COMMAND: u16 = 0x934;

impl Machine {
    /// A bridge at a place, with the bus behind it.
    fn bridge(&mut self, address: PciAddress, bus: u8) {
        self.pci.insert((address, 0x0E), 0x81);
        self.pci.insert((address, 0x19), bus);
    }
}

impl Hardware for Machine {
    fn read_memory(&mut self, address: u64, _width: Width) -> Access<u64> {
        self.log.push(format!("read {address:#x}"));
        Ok(0)
    }
    fn write_memory(&mut self, address: u64, _width: Width, value: u64) -> Access<()> {
        self.log.push(format!("write {address:#x} {value:#x}"));
        Ok(())
    }
    fn read_port(&mut self, port: u16, _width: Width) -> Access<u64> {
        Ok(match port {
            EC_COMMAND if self.ec_hangs => 2,
            EC_COMMAND => u64::from(self.ec_output.is_some()),
            EC_DATA => u64::from(self.ec_output.take().unwrap_or_default()),
            0x71 => u64::from(self.cmos_index) + 1,
            _ => return Err(HardwareFault::Refused("no such port")),
        })
    }
    fn write_port(&mut self, port: u16, _width: Width, value: u64) -> Access<()> {
        let value = value as u8;
        match (port, self.ec_command, self.ec_offset) {
            (EC_COMMAND, ..) => (self.ec_command, self.ec_offset) = (value, None),
            (EC_DATA, 0x80, None) => {
                self.ec_output = Some(self.ec.get(&value).copied().unwrap_or_default());
            }
            (EC_DATA, 0x81, None) => self.ec_offset = Some(value),
            (EC_DATA, 0x81, Some(offset)) => {
                self.ec.insert(offset, value);
                self.ec_offset = None;
            }
            (0x70, ..) => self.cmos_index = value,
            _ => return Err(HardwareFault::Refused("no such port")),
        }
        Ok(())
    }
    fn read_pci(&mut self, address: PciAddress, offset: u16, _width: Width) -> Access<u64> {
        Ok(u64::from(self.pci.get(&(address, offset)).copied().unwrap_or_default()))
    }
    fn write_pci(
        &mut self,
        address: PciAddress,
        offset: u16,
        _width: Width,
        value: u64,
    ) -> Access<()> {
        self.log.push(format!("pci {address} {offset:#x} {value:#x}"));
        self.pci.insert((address, offset), value as u8);
        Ok(())
    }
    fn timer_100ns(&mut self) -> u64 {
        0
    }
    fn stall_us(&mut self, us: u64) {
        self.waited_us += us;
    }
    fn sleep_ms(&mut self, ms: u64) {
        self.waited_us += ms * 1000;
    }
    fn take_global_lock(&mut self) -> bool {
        if self.lock_is_firmwares > 0 {
            self.lock_is_firmwares -= 1;
            return false;
        }
        self.log.push("lock".into());
        true
    }
    fn give_global_lock(&mut self) {
        self.log.push("unlock".into());
    }
}

fn load(name: &str, machine: &mut Machine) -> Interpreter {
    let mut interpreter = Interpreter::new(Settings::default());
    let loaded = interpreter.load(&table(name), machine, &Budget::default()).unwrap();
    assert_eq!(loaded.skipped, 0, "{:?}", interpreter.notes());
    interpreter
}

fn evaluate(
    interpreter: &mut Interpreter,
    machine: &mut Machine,
    path: &str,
) -> Result<Option<Data>, Error> {
    interpreter.evaluate(path, &[], machine, &Budget::default())
}

fn refusal(outcome: Result<Option<Data>, Error>) -> String {
    outcome.unwrap_err().fault.to_string()
}

const fn pci(bus: u8, device: u8, function: u8) -> PciAddress {
    PciAddress { segment: 1, bus, device, function }
}

#[test]
fn a_pci_region_is_found_by_adr_bbn_seg_and_the_bridges_above() {
    let mut machine = Machine::default();
    machine.bridge(pci(0x40, 0x1C, 4), 0x43);
    machine.pci.insert((pci(0x40, 0, 0), 0), 0x77);
    machine.pci.insert((pci(0x40, 0x1C, 4), 0), 0x88);
    let mut interpreter = load("pci", &mut machine);
    for (path, value) in [("\\_SB.PCI0.HOID", 0x77), ("\\_SB.PCI0.RP05.RPID", 0x88)] {
        let outcome = evaluate(&mut interpreter, &mut machine, path);
        assert_eq!(outcome, Ok(Some(Data::Integer(value))), "{path}");
    }
    let outcome = evaluate(&mut interpreter, &mut machine, "\\WRNV");
    assert_eq!(outcome, Ok(Some(Data::Integer(0x55))));
    assert_eq!(machine.log, ["pci 0001:43:00.0 0x3c 0x55"]);
}

#[test]
fn a_pci_address_that_cannot_be_known_is_refused_and_nothing_is_written() {
    let mut machine = Machine::default();
    let mut interpreter = load("pci", &mut machine);
    for (path, words) in [
        ("\\WRCH", "a PCI_Config region behind a function that is no bridge"),
        ("\\_SB.PCI0.NADR.NAID", "a PCI_Config region under a device without _ADR"),
        ("\\_SB.PCI0.BADR.BAID", "an _ADR that is no PCI device and function"),
        ("\\_SB.LONE.LOID", "a PCI_Config region under no PCI host bridge"),
    ] {
        assert_eq!(refusal(evaluate(&mut interpreter, &mut machine, path)), words, "{path}");
    }
    assert!(machine.log.is_empty(), "{:?}", machine.log);
}

#[test]
fn the_embedded_controller_is_found_by_crs_and_spoken_to_by_its_protocol() {
    let mut machine = Machine::default();
    machine.ec.insert(0x10, 42);
    let mut interpreter = load("ec", &mut machine);
    let outcome = evaluate(&mut interpreter, &mut machine, "\\TEMP");
    assert!(refusal(outcome).starts_with("no embedded controller is known"));
    interpreter.initialise(&mut machine, &Budget::default());
    let outcome = evaluate(&mut interpreter, &mut machine, "\\TEMP");
    assert_eq!(outcome, Ok(Some(Data::Integer(42))));
    let outcome = evaluate(&mut interpreter, &mut machine, "\\FANS");
    assert_eq!(outcome, Ok(Some(Data::Integer(0x1234))));
    assert_eq!((machine.ec[&0x11], machine.ec[&0x12]), (0x34, 0x12));
}

#[test]
fn an_embedded_controller_that_does_not_answer_costs_bounded_time() {
    let mut machine = Machine { ec_hangs: true, ..Machine::default() };
    let mut interpreter = load("ec", &mut machine);
    interpreter.set_ec_ports(EcPorts { data: EC_DATA, command: EC_COMMAND });
    let outcome = evaluate(&mut interpreter, &mut machine, "\\TEMP");
    assert_eq!(refusal(outcome), "the embedded controller did not answer in time");
    assert!(machine.waited_us <= 1_000_000, "waited {} us", machine.waited_us);
}

#[test]
fn an_ecdt_says_where_the_embedded_controller_is() {
    let mut ecdt = vec![0; 65];
    ecdt[36] = 1;
    ecdt[40..42].copy_from_slice(&EC_COMMAND.to_le_bytes());
    ecdt[48] = 1;
    ecdt[52..54].copy_from_slice(&EC_DATA.to_le_bytes());
    let ports = EcPorts { data: EC_DATA, command: EC_COMMAND };
    assert_eq!(EcPorts::from_ecdt(&ecdt), Some(ports));
    ecdt[36] = 0;
    assert_eq!(EcPorts::from_ecdt(&ecdt), None, "a controller in memory");
    assert_eq!(EcPorts::from_ecdt(&[]), None);
}

#[test]
fn cmos_goes_through_its_two_ports_and_a_serial_bus_is_refused_by_name() {
    let mut machine = Machine::default();
    let mut interpreter = load("ec", &mut machine);
    let outcome = evaluate(&mut interpreter, &mut machine, "\\CENT");
    assert_eq!(outcome, Ok(Some(Data::Integer(0x33))));
    let outcome = evaluate(&mut interpreter, &mut machine, "\\GSBX");
    assert_eq!(refusal(outcome), "no driver for the address space GenericSerialBus");
}

#[test]
fn a_field_with_lock_waits_for_the_global_lock_and_gives_it_back() {
    let mut machine = Machine { lock_is_firmwares: 3, ..Machine::default() };
    let mut interpreter = load("ec", &mut machine);
    let outcome = evaluate(&mut interpreter, &mut machine, "\\GLCK");
    assert_eq!(outcome, Ok(Some(Data::Integer(0))));
    assert_eq!(
        machine.log,
        ["lock", "write 0x1000 0x1", "unlock", "lock", "read 0x1000", "unlock"]
    );
    assert_eq!(machine.waited_us, 3000);
    machine.lock_is_firmwares = u32::MAX;
    let outcome = evaluate(&mut interpreter, &mut machine, "\\GLCK");
    assert_eq!(refusal(outcome), "the global lock did not answer in time");
}

#[test]
fn devices_are_initialised_in_the_order_of_the_standard_each_by_itself() {
    let mut machine = Machine::default();
    let mut interpreter = load("ec", &mut machine);
    let done = interpreter.initialise(&mut machine, &Budget::default());
    let order = evaluate(&mut interpreter, &mut machine, "\\ORDR");
    let wanted = "root sb reg ec below-func last ";
    assert_eq!(order, Ok(Some(Data::String(wanted.into()))));
    assert_eq!((done.inits, done.regs), (5, 1));
    let failures: Vec<&Fault> = done.failures.iter().map(|error| &error.fault).collect();
    assert_eq!(failures, [&Fault::NotFound("NOPE".into())]);
    assert_eq!(done.failures[0].path, "\\_SB.FAIL._STA");
}

#[test]
fn notifications_wait_in_order() {
    let mut machine = Machine::default();
    let mut interpreter = load("ec", &mut machine);
    evaluate(&mut interpreter, &mut machine, "\\NTFY").unwrap();
    let first = interpreter.take_notification().unwrap();
    assert_eq!((first.device.as_str(), first.value), ("\\_SB.EC0", 0x80));
    let second = interpreter.take_notification().unwrap();
    assert_eq!((second.device.as_str(), second.value), ("\\_SB.LAST", 0x81));
    assert_eq!(interpreter.take_notification(), None);
}

#[test]
fn a_space_without_a_driver_is_refused_by_its_name() {
    for (method, space) in [
        ("SMBA", "SMBus"),
        ("IPMA", "IPMI"),
        ("GPIA", "GeneralPurposeIO"),
        ("GPIW", "GeneralPurposeIO"),
        ("GSBA", "GenericSerialBus"),
        ("PCCA", "PCC"),
        ("VENA", "of the vendor"),
    ] {
        let mut machine = Machine::default();
        let mut interpreter = load("spaces", &mut machine);
        let path = format!("\\_SB.DEVA.{method}");
        let error = interpreter.evaluate(&path, &[], &mut machine, &Budget::default()).unwrap_err();
        assert_eq!(error.fault, Fault::Hardware(HardwareFault::NoDriver(space)), "{method}");
        let words = format!("{path}: no driver for the address space {space} (DSDT");
        assert!(error.to_string().starts_with(&words), "{error}");
    }
}

#[test]
fn reg_runs_for_drivers_and_regions_that_come_later() {
    let mut machine = Machine::default();
    let mut interpreter = load("spaces", &mut machine);
    let budget = Budget::default();
    let log = |interpreter: &mut Interpreter, machine: &mut Machine| {
        interpreter.evaluate("\\LOGR", &[], machine, &budget).unwrap().unwrap()
    };
    assert_eq!(interpreter.initialise(&mut machine, &budget).regs, 1);
    assert_eq!(log(&mut interpreter, &mut machine), Data::String("5:1 ".into()));
    assert_eq!(interpreter.connect(Space(8), &mut machine, &budget).regs, 1);
    assert_eq!(log(&mut interpreter, &mut machine), Data::String("5:1 8:1 ".into()));
    let seen = interpreter.evaluate("\\LATE", &[], &mut machine, &budget);
    assert_eq!(seen, Ok(Some(Data::Integer(6))));
}
