//! Work in which a library may panic.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread is at guarded work.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `work` returns; none where it panics, of which nothing is printed.
///
/// The readers of other people's formats index and divide by what a file says, not always after a look at it. Such a
/// file has to be an error, not the end of the program. For nothing else: a panic of our own is a bug and shall show.
/// `work` must not leave anything half changed behind; panics of threads that it starts are not held back.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                print(panic);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work)).ok();
    GUARDED.set(outer);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing_and_a_result_is_itself() {
        assert_eq!(guarded(|| 1), Some(1));
        assert_eq!(guarded(|| [1, 2, 3][std::hint::black_box(3)]), None);
        assert_eq!(guarded(|| guarded(|| panic!("inner")).is_none() && GUARDED.get()), Some(true));
        assert!(!GUARDED.get());
    }
}
