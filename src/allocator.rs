//! The allocator, and what happens where memory ends.
//!
//! mimalloc keeps the memory of one batch's tensors for the next; the system's allocator gives it back and clears it anew.
//! Where memory ends, Rust aborts; here the program says so and ends with 69, as it does for any device that is missing.
//! Nothing is unwound: a study file holds every batch that was committed, whatever moment its process ends at.

use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, Ordering};

/// The program's allocator.
pub struct Allocator;

// SAFETY: everything is mimalloc's; only where it has nothing to give, the process ends instead of a null being returned.
#[allow(unsafe_code)] // an allocator cannot be written without
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        prepare();
        // SAFETY: as the caller promises.
        there(unsafe { MiMalloc.alloc(layout) }, layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        prepare();
        // SAFETY: as the caller promises.
        there(unsafe { MiMalloc.alloc_zeroed(layout) }, layout.size())
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { MiMalloc.dealloc(memory, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        there(unsafe { MiMalloc.realloc(memory, layout, size) }, size)
    }
}

#[inline]
fn there(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() {
        system::end(size);
    }
    memory
}

/// Before the first allocation: sees to it that little is reserved where `ulimit` counts what is reserved.
#[inline]
fn prepare() {
    static PREPARED: AtomicBool = AtomicBool::new(false);
    if !PREPARED.load(Ordering::Relaxed) {
        PREPARED.store(true, Ordering::Relaxed);
        system::prepare();
    }
}

/// Writes the message for `size` bytes that are not there into `room`, without allocating, and returns it.
fn message<'a>(size: usize, limit: Option<&str>, room: &'a mut [u8; 512]) -> &'a [u8] {
    use std::io::Write;
    let mut rest = room.as_mut_slice();
    let limit = limit.unwrap_or("the memory of this machine");
    // What does not fit is left out.
    let _ = writeln!(
        rest,
        "polarscope: out of memory: {} kB more are needed, which {limit} does not allow; make room, or choose a \
         smaller model or a smaller texts.max_tokens. What a study file holds is kept: --resume goes on with it",
        size.div_ceil(1000)
    );
    let left = rest.len();
    &room[..512 - left]
}

#[cfg(unix)]
mod system {
    use super::{AtomicBool, Ordering, message};

    /// Says that `size` bytes are not there, and ends the process.
    #[cold]
    pub fn end(size: usize) -> ! {
        static ENDS: AtomicBool = AtomicBool::new(false);
        let limit = match limits() {
            [true, _] => Some("the limit of address space (`ulimit -v`)"),
            [_, true] => Some("the limit of data (`ulimit -d`)"),
            _ => None,
        };
        let mut room = [0; 512];
        let words = message(size, limit, &mut room);
        // Of threads that get here together one speaks.
        if ENDS.swap(true, Ordering::SeqCst) {
            loop {
                // SAFETY: it waits for a signal, and asks for no memory meanwhile.
                #[allow(unsafe_code)]
                unsafe {
                    libc::pause();
                }
            }
        }
        // SAFETY: the pointer and the length are of one slice; ending at once is what is wanted, for what runs at an
        // orderly exit may ask for memory.
        #[allow(unsafe_code)]
        unsafe {
            if libc::isatty(2) == 1 {
                // Over a line of progress.
                libc::write(2, c"\r\x1b[K".as_ptr().cast(), 4);
            }
            libc::write(2, words.as_ptr().cast(), words.len());
            libc::_exit(69)
        }
    }

    /// Whether there are limits of this process on address space and on data.
    fn limits() -> [bool; 2] {
        let mut limits = [libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY }; 2];
        let [space, data] = &mut limits;
        // SAFETY: the function writes one structure, to where it is told to; where it fails nothing is written.
        #[allow(unsafe_code)]
        unsafe {
            libc::getrlimit(libc::RLIMIT_AS, space);
            libc::getrlimit(libc::RLIMIT_DATA, data);
        }
        limits.map(|limit| limit.rlim_cur != libc::RLIM_INFINITY)
    }

    /// Reserves less where what is reserved counts.
    pub fn prepare() {
        if limits().contains(&true) {
            // SAFETY: these set numbers, which both allocators look at later.
            #[allow(unsafe_code)]
            unsafe {
                super::options::mi_option_set_default(super::options::ARENA_RESERVE, 32 << 10);
                super::options::mi_option_set_default(super::options::ARENA_MAX_OBJECT_SIZE, 4 << 10);
                // Libraries in C, SQLite among them, would have 64 MiB of address space for each thread.
                #[cfg(all(target_os = "linux", target_env = "gnu"))]
                libc::mallopt(libc::M_ARENA_MAX, 1);
            }
        }
    }
}

#[cfg(not(unix))]
mod system {
    use super::message;
    use std::io::Write;

    /// Says that `size` bytes are not there, and ends the process.
    #[cold]
    pub fn end(size: usize) -> ! {
        let mut room = [0; 512];
        let _ = std::io::stderr().write_all(message(size, None, &mut room));
        std::process::exit(69)
    }

    pub fn prepare() {}
}

/// Options of mimalloc, which it has by number.
#[cfg(unix)]
mod options {
    use std::ffi::{c_int, c_long};

    /// KiB that are reserved at a time for what is small.
    pub const ARENA_RESERVE: c_int = 23;
    /// What has more KiB is had from the system, and given back to it.
    pub const ARENA_MAX_OBJECT_SIZE: c_int = 45;

    #[allow(unsafe_code)] // functions of mimalloc that its crate does not show
    unsafe extern "C" {
        pub fn mi_option_set_default(option: c_int, value: c_long);
        #[cfg(test)]
        pub fn mi_option_get(option: c_int) -> c_long;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_needs_no_memory_and_names_the_limit() {
        let mut room = [0; 512];
        let words = std::str::from_utf8(message(65_537, Some("the limit of x"), &mut room)).unwrap();
        assert!(
            words.starts_with("polarscope: out of memory: 66 kB more are needed, which the limit of x does"),
            "{words}"
        );
        assert!(words.ends_with("goes on with it\n"), "{words}");
        let mut room = [0; 512];
        assert_eq!(message(1, Some(&"long ".repeat(200)), &mut room).len(), 512);
    }

    /// The numbers of mimalloc's options are not of its interface: another version may have others.
    #[cfg(unix)]
    #[test]
    fn the_options_are_those_that_are_meant() {
        // SAFETY: numbers are read.
        #[allow(unsafe_code)]
        let found =
            unsafe { [options::ARENA_RESERVE, options::ARENA_MAX_OBJECT_SIZE].map(|o| options::mi_option_get(o)) };
        assert_eq!(found, [1 << 20, 2 << 20], "the defaults of mimalloc 3: 1 GiB, 2 GiB");
    }
}
