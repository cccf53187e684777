//! The part of QEMU's plugin interface that is used here, version 1 (QEMU 4.2
//! to 8.2): include/qemu/qemu-plugin.h. No package brings the header alone, so
//! the few entry points are declared by hand; QEMU resolves them when it loads
//! the plugin.

use std::ffi::{c_char, c_int, c_uint, c_void};

/// Which plugin this is, as QEMU knows it.
pub(crate) type PluginId = u64;

/// A block of instructions that is being translated.
#[repr(C)]
pub(crate) struct Block {
    _opaque: [u8; 0],
}

/// An instruction in it.
#[repr(C)]
pub(crate) struct Instruction {
    _opaque: [u8; 0],
}

/// `QEMU_PLUGIN_CB_NO_REGS`: the callback reads no registers.
pub(crate) const NO_REGISTERS: c_int = 0;
/// `QEMU_PLUGIN_INLINE_ADD_U64`: adds a constant to a variable.
pub(crate) const INLINE_ADD_U64: c_int = 0;
/// `QEMU_PLUGIN_MEM_RW`: loads and stores.
pub(crate) const READS_AND_WRITES: c_int = 3;

/// Called before an instruction is executed.
pub(crate) type OnExecution = extern "C" fn(c_uint, *mut c_void);
/// Called after an instruction has accessed memory at a virtual address.
pub(crate) type OnAccess = extern "C" fn(c_uint, u32, u64, *mut c_void);

#[rustfmt::skip]
unsafe extern "C" {
    pub(crate) fn qemu_plugin_register_vcpu_tb_trans_cb(id: PluginId, on_block: extern "C" fn(PluginId, *mut Block));
    pub(crate) fn qemu_plugin_register_atexit_cb(id: PluginId, at_exit: extern "C" fn(PluginId, *mut c_void), data: *mut c_void);
    pub(crate) fn qemu_plugin_tb_n_insns(block: *const Block) -> usize;
    pub(crate) fn qemu_plugin_tb_get_insn(block: *const Block, index: usize) -> *mut Instruction;
    pub(crate) fn qemu_plugin_insn_data(instruction: *const Instruction) -> *const u8;
    pub(crate) fn qemu_plugin_insn_size(instruction: *const Instruction) -> usize;
    pub(crate) fn qemu_plugin_insn_vaddr(instruction: *const Instruction) -> u64;
    pub(crate) fn qemu_plugin_register_vcpu_insn_exec_cb(instruction: *mut Instruction, call: OnExecution, flags: c_int, data: *mut c_void);
    pub(crate) fn qemu_plugin_register_vcpu_insn_exec_inline(instruction: *mut Instruction, operation: c_int, variable: *mut c_void, add: u64);
    pub(crate) fn qemu_plugin_register_vcpu_mem_cb(instruction: *mut Instruction, call: OnAccess, flags: c_int, which: c_int, data: *mut c_void);
    pub(crate) fn qemu_plugin_mem_size_shift(access: u32) -> c_uint;
    pub(crate) fn qemu_plugin_mem_is_store(access: u32) -> bool;
    pub(crate) fn qemu_plugin_get_hwaddr(access: u32, address: u64) -> *const c_void;
    pub(crate) fn qemu_plugin_hwaddr_is_io(hwaddr: *const c_void) -> bool;
    pub(crate) fn qemu_plugin_hwaddr_phys_addr(hwaddr: *const c_void) -> u64;
}

/// The version of the interface: QEMU refuses a plugin that it does not suit.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "QEMU looks for this name")]
static qemu_plugin_version: c_int = 1;

/// What QEMU hands `qemu_plugin_install` after the id and the machine.
pub(crate) type Arguments = *mut *mut c_char;
