//! Work in which a library may panic, and work whose panics are told to somebody who waits for it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread is at guarded work.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Returns what `work` returns; nothing where it panics. As [`caught`], for those who have better words than the panic.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    caught(work).ok()
}

/// Returns what `work` returns; where it panics, the panic's words, of which nothing is printed.
///
/// The readers of other people's formats index and divide by what a file says, not always after a look at it. Such a
/// file has to be an error, not the end of the program. For nothing else: a panic of our own is a bug and shall show.
/// `work` must not leave anything half changed behind; panics of threads that it starts are not held back.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
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
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|panic| words(panic.as_ref()))
}

/// Returns what `work`, our own on a background thread, returns; where it panics, the panic's words, which are printed
/// as well: it is a bug. So that the thread goes on and whoever waits for it hears of it, in place of waiting for ever.
///
/// What `work` may have left half changed must not be used again.
pub fn reported<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| words(panic.as_ref()))
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
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

    #[test]
    fn a_panic_says_its_words() {
        assert_eq!(caught(|| panic!("meant")), Err::<(), _>("meant".to_owned()));
        assert_eq!(caught(|| panic!("{} meant", 2)), Err::<(), _>("2 meant".to_owned()));
        assert_eq!(caught(|| std::panic::panic_any(1)), Err::<(), _>("without a message".to_owned()));
        assert_eq!(reported(|| std::panic::panic_any("a bug")), Err::<(), _>("a bug".to_owned()));
        assert_eq!(reported(|| 1), Ok(1));
    }
}
