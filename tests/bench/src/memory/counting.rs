//! How many bytes a piece of work leaves held: a count under the system's allocator.
//!
//! Deliberately absent: threads. Each counts for itself, and one alone works here.
#![expect(unsafe_code, reason = "an allocator cannot be written without; all calls go on to the system's as they came")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// Does the work; gives what it gave, and how many bytes more are held than before.
pub(crate) fn held<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    let result = work();
    (result, usize::try_from(HELD.get() - before).unwrap_or(0))
}

fn note(bytes: isize) {
    HELD.set(HELD.get() + bytes);
}

// SAFETY: every call goes on to the system's allocator with the arguments it came with; the count
// beside it is a thread-local number, which needs neither an allocation nor a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as isize - layout.size() as isize);
        unsafe { System.realloc(place, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_or_grown_is_counted_once() {
        let (kept, bytes) = held(|| {
            drop(vec![0u8; 1_000]);
            let mut kept = Vec::<u8>::with_capacity(10);
            kept.reserve_exact(700);
            kept
        });
        assert_eq!((kept.capacity(), bytes), (700, 700));
    }
}
