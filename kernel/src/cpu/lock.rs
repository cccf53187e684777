//! Locks that say by their type who may take them.
//!
//! `SpinLock<T>` turns interrupts off while it is held, so that an interrupt
//! handler may take it too. `SpinLock<T, TaskOnly>` leaves them on, for things
//! that take long (painting a screen) and that no handler ever touches; taking
//! it inside a handler is a bug that panics at once.
//!
//! One processor runs, so a lock that is already taken can never become free
//! while we wait: it is the same thread of execution asking twice. `lock` then
//! panics with the place instead of hanging. (With more processors this is
//! where the waiting will go.)
//!
//! Every lock held is counted: a guarded call does not come back past one
//! (`guarded`), because what it protects may be half changed.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicUsize, Ordering};
use spin::mutex::{SpinMutex, SpinMutexGuard};
use x86_64::instructions::interrupts;

/// How many locks are held now.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// How many locks are held now, by anybody.
#[must_use]
pub fn held() -> usize {
    HELD.load(Ordering::Relaxed)
}

/// Counts from zero again, after those who held locks were abandoned.
pub(super) fn forget_held() {
    HELD.store(0, Ordering::Relaxed);
}

/// What happens to interrupts while a lock is held.
pub trait Context {
    /// What to put back when the lock is released.
    type Saved: Copy;
    /// Called before the lock is taken.
    fn enter() -> Self::Saved;
    /// Called after the lock was released.
    fn leave(saved: Self::Saved);
}

/// Interrupts are off while the lock is held: handlers may take it.
#[derive(Debug)]
pub enum InterruptsOff {}

impl Context for InterruptsOff {
    type Saved = bool;

    #[inline]
    fn enter() -> bool {
        let were_on = interrupts::are_enabled();
        // Not asked first: turning off what is off costs less than the branch.
        interrupts::disable();
        were_on
    }

    #[inline]
    fn leave(were_on: bool) {
        if were_on {
            // SAFETY: they were on before; `interrupts::enable` has a NOP more.
            unsafe { core::arch::asm!("sti", options(nostack)) };
        }
    }
}

/// Interrupts stay on; the lock is never taken by a handler.
#[derive(Debug)]
pub enum TaskOnly {}

impl Context for TaskOnly {
    type Saved = ();

    #[inline]
    #[track_caller]
    fn enter() {
        assert!(
            !super::in_interrupt(),
            "a lock that may be held long was asked for by an interrupt handler"
        );
    }

    #[inline]
    fn leave((): ()) {}
}

/// A value behind a lock.
pub struct SpinLock<T, C = InterruptsOff> {
    inner: SpinMutex<T>,
    context: PhantomData<fn() -> C>,
}

impl<T, C: Context> SpinLock<T, C> {
    /// An open lock around `value`.
    pub const fn new(value: T) -> Self {
        Self { inner: SpinMutex::new(value), context: PhantomData }
    }

    /// Takes the lock.
    ///
    /// # Panics
    ///
    /// When it is taken already: on one processor that is a deadlock.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> Guard<'_, T, C> {
        match self.try_lock() {
            Some(guard) => guard,
            None => panic!("this lock is taken already: waiting for it would be for ever"),
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<Guard<'_, T, C>> {
        let saved = C::enter();
        match self.inner.try_lock() {
            Some(inner) => {
                HELD.store(held() + 1, Ordering::Relaxed);
                Some(Guard { inner: ManuallyDrop::new(inner), saved })
            }
            None => {
                C::leave(saved);
                None
            }
        }
    }

    /// Opens the lock, whoever holds it.
    ///
    /// # Safety
    ///
    /// Only for the end of the world: nothing that holds the lock may ever run
    /// again, and whoever takes it must cope with a value that is half changed.
    pub unsafe fn break_open(&self) {
        // SAFETY: the caller's promise: no guard will release it again.
        unsafe { self.inner.force_unlock() };
    }

    /// The value behind the lock, whoever holds it.
    ///
    /// # Safety
    ///
    /// Only for the end of the world: nothing that holds the lock may ever run
    /// again, and the caller must cope with a value that is half changed.
    #[expect(clippy::mut_from_ref, reason = "breaking the lock is the point")]
    pub unsafe fn steal(&self) -> &mut T {
        // SAFETY: the pointer is to our own live value; that nobody else uses
        // it any more is the caller's promise.
        unsafe { &mut *self.inner.as_mut_ptr() }
    }
}

impl<T, C> fmt::Debug for SpinLock<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpinLock")
    }
}

/// Access to the value; releases the lock when dropped.
#[must_use = "the lock is released at once when the guard is dropped"]
pub struct Guard<'a, T, C: Context = InterruptsOff> {
    inner: ManuallyDrop<SpinMutexGuard<'a, T>>,
    saved: C::Saved,
}

impl<T, C: Context> Drop for Guard<'_, T, C> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: dropped here once, and never used after.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
        HELD.store(held().wrapping_sub(1), Ordering::Relaxed);
        C::leave(self.saved);
    }
}

impl<T, C: Context> Deref for Guard<'_, T, C> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T, C: Context> DerefMut for Guard<'_, T, C> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T: fmt::Debug, C: Context> fmt::Debug for Guard<'_, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
