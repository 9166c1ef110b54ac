//! How much memory a piece of work holds at its height: a count under the system's allocator.
//!
//! A decoder that believed a claimed length would allocate for it, and no other assertion would
//! notice: the system hands out memory that is never touched for nothing.
#![expect(unsafe_code, reason = "an allocator cannot be written without; both calls go on to the system's as they came")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static HEIGHT: Cell<isize> = const { Cell::new(0) };
}

/// Does the work; gives what it gave, and how many bytes more it held at its height than before.
pub(crate) fn height<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    HEIGHT.set(before);
    let result = work();
    (result, (HEIGHT.get() - before).unsigned_abs())
}

fn note(bytes: isize) {
    let held = HELD.get() + bytes;
    HELD.set(held);
    HEIGHT.set(HEIGHT.get().max(held));
}

// SAFETY: every call goes on to the system's allocator with the arguments it came with; the counts
// beside it are thread-local numbers, which need neither an allocation nor a destructor.
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
        note(size as isize); // both are held while one is copied to the other
        note(-(layout.size() as isize));
        unsafe { System.realloc(place, layout, size) }
    }
}

#[test]
fn the_height_is_that_of_what_was_held_at_once() {
    let ((), height) = height(|| {
        drop(Vec::<u8>::with_capacity(1_000));
        drop((Vec::<u8>::with_capacity(700), Vec::<u8>::with_capacity(700)));
    });
    assert_eq!(height, 1_400);
}
