//! The system's allocator, with counters.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);
static CALLS: AtomicU64 = AtomicU64::new(0);
thread_local!(static MINE: Cell<u64> = const { Cell::new(0) });

fn note(size: i64) {
    if size > 0 {
        let _ = MINE.try_with(|mine| mine.set(mine.get() + 1));
        CALLS.fetch_add(1, Relaxed);
    }
    PEAK.fetch_max(LIVE.fetch_add(size, Relaxed) + size, Relaxed);
}

fn size(layout: Layout) -> i64 {
    i64::try_from(layout.size()).unwrap_or(i64::MAX)
}

// SAFETY: every call goes to the system's allocator as it is; beside it only numbers are added.
#[expect(
    unsafe_code,
    reason = "an allocator cannot be written without it; the crates that are measured forbid it"
)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ON.load(Relaxed) {
            note(size(layout));
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if ON.load(Relaxed) {
            note(-size(layout));
        }
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new: usize) -> *mut u8 {
        if ON.load(Relaxed) {
            // Both are held at once where the block moves.
            note(i64::try_from(new).unwrap_or(i64::MAX));
            note(-size(layout));
        }
        unsafe { System.realloc(at, layout, new) }
    }
}

/// What [`allocations`] saw.
#[derive(Clone, Copy, Debug)]
pub struct Allocations {
    /// How often this thread allocated, growing what it had included.
    pub calls: u64,
    /// How often any thread did.
    pub everywhere: u64,
    /// The most that the process held at once, beyond what it held before, in bytes.
    pub peak: i64,
}

/// Counts while `f` runs. Only one such count at a time makes sense of `peak`.
pub fn allocations(f: impl FnOnce()) -> Allocations {
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    CALLS.store(0, Relaxed);
    let before = MINE.get();
    ON.store(true, Relaxed);
    f();
    ON.store(false, Relaxed);
    Allocations {
        calls: MINE.get() - before,
        everywhere: CALLS.load(Relaxed),
        peak: PEAK.load(Relaxed),
    }
}

/// Makes a heap to begin with, another one for each number: none for 0, else blocks of many sizes,
/// about as many of them given back as kept.
pub fn leave_holes(heap: u64) {
    let mut state = heap;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005);
        state = state.wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for _ in 0..if heap == 0 { 0 } else { 512 } {
        let block = vec![0; 16 + next() % 4096];
        if next() % 2 == 0 {
            kept.push(block);
        } else if !kept.is_empty() {
            let at = next() % kept.len();
            kept[at] = block;
        }
    }
    std::mem::forget(kept);
}
