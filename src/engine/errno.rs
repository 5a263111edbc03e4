//! The C library's error number of this thread.

/// What the last C function left in `errno` (on Windows: what `GetLastError` tells).
#[inline(always)]
pub(crate) fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Sets `errno` for this thread; does nothing where the system has none that we know.
pub(crate) fn set_errno(value: i32) {
    #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "hurd"))]
    // SAFETY: the C library returns the address of an int that lives as long as this thread
    unsafe {
        *libc::__errno_location() = value;
    }
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    // SAFETY: the C library returns the address of an int that lives as long as this thread
    unsafe {
        *libc::__error() = value;
    }
    #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
    // SAFETY: the C library returns the address of an int that lives as long as this thread
    unsafe {
        *libc::__errno() = value;
    }
    let _ = value;
}

/// What `errno` was when a callback was entered.
pub(crate) struct KeptErrno {
    value: i32,
}

impl KeptErrno {
    /// Reads it, in few instructions; `KeptErrno::prepare` ran before in this process.
    #[inline(always)]
    pub(crate) fn read() -> KeptErrno {
        KeptErrno { value: read_kept() }
    }

    /// Puts it back, if it has changed.
    #[inline(always)]
    pub(crate) fn restore(self) {
        if read_kept() != self.value {
            write(self.value);
        }
    }
    /// Finds out where it is.
    pub(crate) fn prepare() {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        {
            let thread_pointer: isize;
            // SAFETY: the first word that the thread pointer points to is the thread pointer itself
            let errno = unsafe {
                std::arch::asm!(
                    "mov {pointer}, qword ptr fs:[0]",
                    pointer = out(reg) thread_pointer,
                    options(nostack, preserves_flags, readonly),
                );
                libc::__errno_location()
            };
            OFFSET.store(
                (errno.addr() as isize).wrapping_sub(thread_pointer),
                std::sync::atomic::Ordering::Relaxed,
            );
        }
    }
}

/// From the thread pointer to errno: the C library's own thread-locals lie at fixed places.
static OFFSET: std::sync::atomic::AtomicIsize = std::sync::atomic::AtomicIsize::new(0);

/// The compiler takes it for a plain read: where nothing can have changed it, it drops the second one and the test.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[inline(always)]
fn read_kept() -> i32 {
    let value: u64;
    // SAFETY: `prepare` found errno at this distance from the thread pointer, which is the same in every thread; before,
    // it reads a word of the thread's own block
    unsafe {
        std::arch::asm!(
            "mov {value}, qword ptr [rip + {place}@GOTPCREL]",
            "mov {value}, qword ptr [{value}]",
            "mov {value:e}, dword ptr fs:[{value}]",
            value = out(reg) value,
            place = sym OFFSET,
            options(pure, nostack, preserves_flags, readonly),
        );
    }
    value as i32
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[inline(always)]
fn read_kept() -> i32 {
    errno()
}

#[cold]
#[inline(never)]
fn write(value: i32) {
    set_errno(value);
}
