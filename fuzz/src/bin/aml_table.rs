//! AML: any bytes as a definition block, loaded, initialised and evaluated.
#![cfg_attr(fuzzing, no_main)]

use valhalla_aml::model::Model;
use valhalla_aml::{Budget, Data, Interpreter, Namespace, Settings};

const HEADER: usize = 36;

valhalla_fuzz::target!(|bytes: &[u8]| {
    // A good header, whose revision comes from the input: what follows is code.
    let mut table = b"DSDT".to_vec();
    table.extend(u32::try_from(HEADER + bytes.len()).unwrap_or_default().to_le_bytes());
    table.push(bytes.first().copied().unwrap_or_default() & 3);
    table.resize(HEADER, 0);
    table.extend(bytes);
    let budget = Budget { steps: 20_000, memory_bytes: 1 << 20, depth: 32 };
    let mut interpreter = Interpreter::new(Settings::default());
    let mut model = Model::new();
    let _skipped = interpreter.load(&table, &mut model, &budget);
    let _failures = interpreter.initialise(&mut model, &budget);
    let _listing = interpreter.list_table(0);
    let nodes: Vec<_> = interpreter.names().walk(Namespace::ROOT).take(64).collect();
    for node in nodes {
        let arguments = [Data::Integer(1), Data::Buffer(vec![1, 2, 3]), Data::String("x".into())];
        let _value = interpreter.evaluate_node(node, &arguments, &mut model, &budget);
        let _words = interpreter.names().describe(node);
    }
});
