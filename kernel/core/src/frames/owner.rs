//! Owners: whom a frame was given to, and who may give it back.

/// What a frame that is in use is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Owner {
    /// The kernel itself, for something that has no owner of its own here.
    Kernel = 1,
    /// A page table.
    Table,
    /// The heap.
    Heap,
    /// A kernel stack.
    Stack,
    /// Our copies of firmware tables.
    Firmware,
    /// A buffer that a device reads or writes by itself.
    Device,
    /// A program's memory.
    User,
    /// Nobody any more: a command or a test took it and was stopped.
    Stopped,
}

impl Owner {
    /// All owners, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Kernel,
        Self::Table,
        Self::Heap,
        Self::Stack,
        Self::Firmware,
        Self::Device,
        Self::User,
        Self::Stopped,
    ];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Table => "page tables",
            Self::Heap => "heap",
            Self::Stack => "stacks",
            Self::Firmware => "firmware tables",
            Self::Device => "devices",
            Self::User => "programs",
            Self::Stopped => "stopped commands",
        }
    }

    /// Its place in [`ALL`](Self::ALL) and in arrays of one entry an owner.
    #[inline]
    pub(super) const fn index(self) -> usize {
        self as usize - 1
    }

    /// The owner that a state byte names.
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte).checked_sub(1)?).copied()
    }
}

const _: () = assert!(Owner::ALL[Owner::ALL.len() - 1].index() == Owner::ALL.len() - 1);

/// What a frame of the allocator's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can be handed out.
    Free,
    /// It was handed out for this.
    Used(Owner),
    /// It holds the allocator's own books.
    Bookkeeping,
}

/// What is known of the bytes of a free frame. The allocator cannot look at
/// them; whoever frees a frame tells it, and whoever gets the frame is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Contents {
    /// Anything.
    Unknown = 0x40,
    /// The pattern that its last owner's leaving was sealed with.
    Poisoned = 0x80,
}

impl Contents {
    /// The contents of the free frame that has this state; `None` for any other.
    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            byte if byte == Self::Unknown as u8 => Some(Self::Unknown),
            byte if byte == Self::Poisoned as u8 => Some(Self::Poisoned),
            _ => None,
        }
    }
}

/// The counts, in frames. `used + free = total` at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// All frames that were added.
    pub total: u64,
    /// Frames that can be allocated.
    pub free: u64,
    /// Frames handed out, and those that hold the books.
    pub used: u64,
    /// The part of `used` that holds the books.
    pub bookkeeping: u64,
    pub(super) by_owner: [u64; Owner::ALL.len()],
}

impl Statistics {
    /// The part of `used` that was handed out to `owner`.
    #[must_use]
    pub const fn used_by(&self, owner: Owner) -> u64 {
        self.by_owner[owner.index()]
    }
}
