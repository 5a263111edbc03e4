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
