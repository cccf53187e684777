//! Counts guest instructions from outside: a QEMU plugin.
//!
//! ```text
//! qemu-system-x86_64 -plugin libcount.so,out=FILE[,profile=N][,accesses=on][,mark=ADDRESS ...][,video=FILE]
//! ```
//!
//! The file gets a line whenever the guest is about to execute HLT, or the
//! instruction at a mark, with all that it did since it was started:
//!
//! ```text
//! rest INSTRUCTIONS KERNEL PORTS DEVICE VIDEO_READ VIDEO_WRITTEN
//! mark WHICH INSTRUCTIONS KERNEL PORTS DEVICE VIDEO_READ VIDEO_WRITTEN
//! ```
//!
//! - `WHICH`: the marks count from 0, in the order of the options;
//! - `KERNEL`: those in the upper half, where the kernel is;
//! - `PORTS`: IN and OUT instructions;
//! - with `accesses=on`, `DEVICE`: loads and stores that reach a device, and
//!   the bytes read from and written to VGA memory (0xa0000 to 0xbffff);
//! - with `video=FILE` also those of a framebuffer, from the rest on at which the
//!   file is there and says in two hexadecimal numbers where its first and its
//!   last byte are mapped, as `vm map` does: the guest decides that.
//!
//! With `profile=N` a rest after N or more instructions is followed by lines
//! `at ADDRESS COUNT`, one for each instruction executed since the rest before. A REP string
//! instruction counts once an iteration: so TCG runs it.

mod api;

use api::{Arguments, Block, PluginId};
use std::collections::HashMap;
use std::ffi::{CStr, c_int, c_uint, c_void};
use std::fs::{File, read_to_string};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The upper half of the address space begins here.
const UPPER_HALF: u64 = 1 << 63;
/// VGA memory, physical.
const VIDEO: std::ops::Range<u64> = 0xa_0000..0xc_0000;

/// Where a framebuffer is mapped, virtual: its memory is RAM to QEMU.
static FRAMEBUFFER: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// Everything there is to count. QEMU adds to the counters in the code that it
/// generates, one processor at a time (`-icount` has one thread).
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Counters {
    instructions: u64,
    kernel: u64,
    ports: u64,
    device: u64,
    video_read: u64,
    video_written: u64,
}

/// What the plugin knows.
struct State {
    out: BufWriter<File>,
    /// Rests after so many instructions are followed by a profile.
    profile: Option<u64>,
    accesses: bool,
    /// The file that is to say where a framebuffer is mapped, until it does.
    video: Option<PathBuf>,
    /// The instructions that are told of.
    marks: Vec<u64>,
    /// The counters, in a place that QEMU keeps the address of.
    now: *mut Counters,
    /// Instructions until the last HLT.
    last: u64,
    /// How often each instruction was executed, in places as above, and how
    /// often until the last HLT.
    executed: HashMap<u64, (*mut u64, u64)>,
}

// SAFETY: the pointers are to memory that is never freed; it is read under the
// lock below, while the one processor thread is in a callback.
unsafe impl Send for State {}

static STATE: Mutex<Option<State>> = Mutex::new(None);

fn state() -> MutexGuard<'static, Option<State>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// QEMU calls this first.
///
/// # Safety
///
/// `arguments` are `count` C strings.
#[unsafe(no_mangle)]
unsafe extern "C" fn qemu_plugin_install(
    id: PluginId,
    _machine: *const c_void,
    count: c_int,
    arguments: Arguments,
) -> c_int {
    let words = (0..usize::try_from(count).unwrap_or(0)).map(|index| {
        // SAFETY: the caller promises so many C strings.
        unsafe { CStr::from_ptr(*arguments.add(index)) }.to_string_lossy().into_owned()
    });
    let (mut out, mut profile, mut accesses, mut marks) = (None, None, false, Vec::new());
    let mut video = None;
    for word in words {
        match word.split_once('=') {
            Some(("out", path)) => out = File::create(path).ok(),
            Some(("profile", least)) => profile = least.parse().ok(),
            Some(("accesses", value)) => accesses = value == "on",
            Some(("mark", address)) => marks.extend(hexadecimal(address)),
            Some(("video", path)) => video = Some(PathBuf::from(path)),
            _ => eprintln!("count: unknown option {word}"),
        }
    }
    let Some(out) = out else {
        eprintln!("count: out=FILE is needed, a file that can be written");
        return -1;
    };
    *state() = Some(State {
        out: BufWriter::new(out),
        profile,
        accesses,
        video,
        marks,
        now: Box::leak(Box::default()),
        last: 0,
        executed: HashMap::new(),
    });
    // SAFETY: QEMU calls back what it is handed, with what it says.
    unsafe {
        api::qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
        api::qemu_plugin_register_atexit_cb(id, at_exit, null_mut());
    }
    0
}

/// A block is translated: says what each of its instructions is to add.
extern "C" fn on_block(_: PluginId, block: *mut Block) {
    let mut guard = state();
    let Some(state) = guard.as_mut() else { return };
    // SAFETY: QEMU's pointers are good during the callback; the counters that
    // it gets are never freed.
    unsafe {
        for index in 0..api::qemu_plugin_tb_n_insns(block) {
            let instruction = api::qemu_plugin_tb_get_insn(block, index);
            let address = api::qemu_plugin_insn_vaddr(instruction);
            let length = api::qemu_plugin_insn_size(instruction);
            let code = std::slice::from_raw_parts(api::qemu_plugin_insn_data(instruction), length);
            let add_one = |counter: *mut u64| {
                let operation = api::INLINE_ADD_U64;
                api::qemu_plugin_register_vcpu_insn_exec_inline(
                    instruction,
                    operation,
                    counter.cast(),
                    1,
                );
            };
            if code == [0xf4] {
                let flags = api::NO_REGISTERS;
                api::qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_hlt, flags, null_mut());
            }
            if let Some(which) = state.marks.iter().position(|mark| *mark == address) {
                let (flags, data) = (api::NO_REGISTERS, std::ptr::without_provenance_mut(which));
                api::qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, flags, data);
            }
            add_one(&raw mut (*state.now).instructions);
            if address >= UPPER_HALF {
                add_one(&raw mut (*state.now).kernel);
            }
            if is_port_access(code) {
                add_one(&raw mut (*state.now).ports);
            }
            if state.profile.is_some() {
                let (counter, _) =
                    state.executed.entry(address).or_insert_with(|| (Box::leak(Box::new(0)), 0));
                add_one(*counter);
            }
            if state.accesses {
                api::qemu_plugin_register_vcpu_mem_cb(
                    instruction,
                    on_access,
                    api::NO_REGISTERS,
                    api::READS_AND_WRITES,
                    state.now.cast(),
                );
            }
        }
    }
}

/// A number such as `0xffff800000001234`.
fn hexadecimal(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// IN and OUT, behind the prefixes that they may have.
fn is_port_access(code: &[u8]) -> bool {
    let code = match code {
        [0x66 | 0xf2 | 0xf3, rest @ ..] => rest,
        code => code,
    };
    matches!(code, [0xe4..=0xe7, _] | [0xec..=0xef] | [0x6c..=0x6f])
}

/// The guest is about to rest.
extern "C" fn on_hlt(_: c_uint, _: *mut c_void) {
    if let Some(state) = state().as_mut() {
        // A file that cannot be written any more is seen by who reads it.
        let _ = state.rest();
    }
}

/// The guest is about to execute the instruction at a mark.
extern "C" fn on_mark(_: c_uint, which: *mut c_void) {
    if let Some(state) = state().as_mut() {
        let _ = state.tell(format_args!("mark {}", which.addr()));
    }
}

extern "C" fn at_exit(_: PluginId, _: *mut c_void) {
    if let Some(state) = state().as_mut() {
        let _ = state.rest();
    }
}

/// A load or a store.
extern "C" fn on_access(_: c_uint, access: u32, address: u64, counters: *mut c_void) {
    // SAFETY: QEMU's answers are about the access that it reports; the counters
    // are what `on_block` gave it, and one processor runs.
    unsafe {
        let counters = &mut *counters.cast::<Counters>();
        let [start, end] = &FRAMEBUFFER;
        let shows = (start.load(Relaxed)..end.load(Relaxed)).contains(&address);
        let place = api::qemu_plugin_get_hwaddr(access, address);
        let is_device = !place.is_null() && api::qemu_plugin_hwaddr_is_io(place);
        counters.device += u64::from(is_device);
        if shows || is_device && VIDEO.contains(&api::qemu_plugin_hwaddr_phys_addr(place)) {
            let bytes = 1 << api::qemu_plugin_mem_size_shift(access);
            if api::qemu_plugin_mem_is_store(access) {
                counters.video_written += bytes;
            } else {
                counters.video_read += bytes;
            }
        }
    }
}

impl State {
    /// Looks whether the file says by now where the framebuffer is mapped.
    fn look_for_framebuffer(&mut self) {
        let Some(text) = self.video.as_ref().and_then(|path| read_to_string(path).ok()) else {
            return;
        };
        let numbers: Option<Vec<u64>> = text.split_whitespace().map(hexadecimal).collect();
        if let Some([first, last]) = numbers.as_deref() {
            FRAMEBUFFER[0].store(*first, Relaxed);
            FRAMEBUFFER[1].store(last.saturating_add(1), Relaxed);
            self.video = None;
        }
    }

    /// Writes a line with the counters, and returns them.
    fn tell(&mut self, what: std::fmt::Arguments<'_>) -> std::io::Result<Counters> {
        // SAFETY: the counters live as long as QEMU, and the processor waits in
        // this callback.
        let now = unsafe { *self.now };
        let Counters { instructions, kernel, ports, device, video_read, video_written } = now;
        writeln!(
            self.out,
            "{what} {instructions} {kernel} {ports} {device} {video_read} {video_written}"
        )?;
        self.out.flush()?;
        Ok(now)
    }

    fn rest(&mut self) -> std::io::Result<()> {
        self.look_for_framebuffer();
        let now = self.tell(format_args!("rest"))?.instructions;
        let instructions = now - std::mem::replace(&mut self.last, now);
        if let Some(least) = self.profile {
            for (address, (counter, before)) in &mut self.executed {
                // SAFETY: as above.
                let count = unsafe { **counter };
                let since = count - std::mem::replace(before, count);
                if since > 0 && instructions >= least {
                    writeln!(self.out, "at {address:#x} {since}")?;
                }
            }
        }
        self.out.flush()
    }
}
