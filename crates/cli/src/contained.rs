//! Calls in a process of their own, so that a crash is an answer and not the end.
#![allow(unsafe_code, reason = "an island: looks at what is left after a crash")]

use crate::Failure;

/// Runs the work in a child of this process, which is this program again.
///
/// A crash is told on standard error with the place and `about`; the exit status is then 128 plus the signal's number,
/// as a shell has it.
#[cfg(unix)]
pub fn contained(about: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    use std::os::unix::process::{CommandExt, ExitStatusExt};

    if std::env::var_os(MARK).is_some() {
        report::watch(about);
        return work();
    }
    let Ok(program) = std::env::current_exe() else { return work() };
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    let child = std::process::Command::new(program).arg0(name).args(words).env(MARK, "1").status();
    match child {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            (Some(code), _) => std::process::exit(code),
            (None, signal) => std::process::exit(128 + signal.unwrap_or(0)),
        },
        // Without a second process the call is made here.
        Err(_) => work(),
    }
}

/// Runs the work here: there is no way to tell a crash on this system yet.
#[cfg(not(unix))]
pub fn contained(_about: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    work()
}

/// Tells the child that it is one.
#[cfg(unix)]
const MARK: &str = "EIGHTBYTE_CALL_CHILD";

#[cfg(unix)]
mod report {
    use std::ffi::{CStr, c_int, c_void};
    use std::fmt::Write as _;
    use std::sync::OnceLock;

    static ABOUT: OnceLock<String> = OnceLock::new();

    /// From here on a crash is told before the process ends.
    pub fn watch(about: &str) {
        // The first call of a process is the only one.
        let _ = ABOUT.set(about.to_owned());
        const STACK: usize = 64 << 10;
        let stack = Box::leak(vec![0u8; STACK].into_boxed_slice());
        let stack = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: STACK };
        // SAFETY: the stack is leaked, so it stays; the action is filled completely, and its handler is a function of
        // this signature that the process is told of once, before any other thread is there
        unsafe {
            libc::sigaltstack(&raw const stack, std::ptr::null_mut());
            let mut action: libc::sigaction = std::mem::zeroed();
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = handler;
            action.sa_sigaction = handler as *const () as usize;
            // After the report the default action ends the process.
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND | libc::SA_NODEFER;
            libc::sigemptyset(&raw mut action.sa_mask);
            for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT] {
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
    }

    extern "C" fn handler(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        let name = match signal {
            libc::SIGSEGV => "SIGSEGV",
            libc::SIGBUS => "SIGBUS",
            libc::SIGFPE => "SIGFPE",
            libc::SIGILL => "SIGILL",
            _ => "SIGABRT",
        };
        let mut text = Line::default();
        let _ = write!(text, "error: {name}");
        if matches!(signal, libc::SIGSEGV | libc::SIGBUS) && !info.is_null() {
            // SAFETY: the system hands the handler the facts of this signal, which has an address
            let address = unsafe { (*info).si_addr() };
            let _ = write!(text, " at {address:p}");
        }
        // SAFETY: the context is the system's, of this very signal
        if let Some(place) = unsafe { place(context) } {
            describe(&mut text, place);
        }
        let _ = writeln!(text, ": {}", ABOUT.get().map_or("", String::as_str));
        // SAFETY: writes bytes of ours to standard error; then the signal comes again, with its default action
        unsafe {
            libc::write(2, text.bytes.as_ptr().cast(), text.used);
            libc::raise(signal);
        }
    }

    /// Where the processor was.
    ///
    /// # Safety
    ///
    /// `context` is null or the third argument of a signal handler.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    unsafe fn place(context: *mut c_void) -> Option<usize> {
        let context = context.cast::<libc::ucontext_t>();
        // SAFETY: not null, and of this type on this system
        (!context.is_null()).then(|| unsafe { (*context).uc_mcontext.gregs[libc::REG_RIP as usize] as usize })
    }

    /// # Safety
    ///
    /// None is needed.
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    unsafe fn place(_: *mut c_void) -> Option<usize> {
        None
    }

    /// ` in libc.so.6 atoi+0x13`
    fn describe(text: &mut Line, place: usize) {
        // SAFETY: plain pointers and numbers, for which zero is a value
        let mut found: libc::Dl_info = unsafe { std::mem::zeroed() };
        // SAFETY: the loader only looks the number up, and fills the answer
        if unsafe { libc::dladdr(place as *const c_void, &raw mut found) } == 0 {
            let _ = write!(text, ", at {place:#x} outside of all libraries");
            return;
        }
        let name = |pointer: *const libc::c_char| {
            // SAFETY: the loader's names end with NUL and stay
            (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap_or("?"))
        };
        let file = name(found.dli_fname).and_then(|path| path.rsplit('/').next()).unwrap_or("?");
        match name(found.dli_sname) {
            Some(symbol) => {
                let _ =
                    write!(text, " in {file} {symbol}+{:#x}", place.wrapping_sub(found.dli_saddr as usize));
            }
            None => {
                let _ = write!(text, " in {file}+{:#x}", place.wrapping_sub(found.dli_fbase as usize));
            }
        }
    }

    /// A line that needs no heap, which the crash may have broken.
    struct Line {
        bytes: [u8; 1024],
        used: usize,
    }

    impl Default for Line {
        fn default() -> Line {
            Line { bytes: [0; 1024], used: 0 }
        }
    }

    impl std::fmt::Write for Line {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let room = self.bytes.len() - self.used;
            let part = &text.as_bytes()[..text.len().min(room)];
            self.bytes[self.used..self.used + part.len()].copy_from_slice(part);
            self.used += part.len();
            Ok(())
        }
    }
}
