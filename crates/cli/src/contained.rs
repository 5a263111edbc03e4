//! Calls in a process of their own, so that a crash is an answer and not the end.
#![allow(unsafe_code, reason = "an island: looks at what is left after a crash")]

/// How the child came to its end.
pub enum Ended {
    /// By itself, with this exit status.
    Exited(u8),
    /// By a signal.
    Killed(Crash),
}

/// What is known of a crash.
pub struct Crash {
    /// Its number.
    pub signal: i32,
    /// `SIGSEGV at 0x1 in libc.so.6 atoi+0x13`; empty where the process could not tell any more.
    pub words: String,
}

/// Is this process the child? Then it watches itself from here on, and tells of a crash.
pub fn is_child() -> bool {
    system::is_child()
}

/// Runs this very program again, as a child; `None` where that cannot be done.
pub fn in_child() -> Option<Ended> {
    system::in_child()
}

/// Tells the watch what is called from here on: a crash deep inside is easier to place then.
pub fn calling(name: &str, function: *const std::ffi::c_void) {
    system::calling(name, function);
}

/// Nobody can tell a crash on this system yet.
#[cfg(not(unix))]
mod system {
    pub fn is_child() -> bool {
        false
    }
    pub fn in_child() -> Option<super::Ended> {
        None
    }
    pub fn calling(_name: &str, _function: *const std::ffi::c_void) {}
}

#[cfg(unix)]
mod system {
    use super::{Crash, Ended};
    use std::ffi::{CStr, c_int, c_void};
    use std::fmt::Write as _;
    use std::io::Read;
    use std::os::fd::{AsRawFd, RawFd};
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicI32, Ordering};

    /// Tells the child that it is one, and where to report.
    const MARK: &str = "EIGHTBYTE_CALL_CHILD";

    /// Where a crash is told.
    static REPORT: AtomicI32 = AtomicI32::new(-1);

    /// What is called, and from where.
    static CALLED: OnceLock<Called> = OnceLock::new();

    struct Called {
        name: String,
        address: usize,
        /// An address on the stack, above all that the call puts there.
        above: usize,
    }

    pub fn calling(name: &str, function: *const c_void) {
        let here = 0u8;
        let (address, above) = (function.addr(), (&raw const here).addr());
        // The first call of a process is the only one.
        let _ = CALLED.set(Called { name: name.to_owned(), address, above });
    }

    const SIGNALS: [(c_int, &str); 6] = [
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGTRAP, "SIGTRAP"),
        (libc::SIGABRT, "SIGABRT"),
    ];

    fn name_of(signal: c_int) -> &'static str {
        SIGNALS.iter().find(|known| known.0 == signal).map_or("a signal", |known| known.1)
    }

    pub fn in_child() -> Option<Ended> {
        let program = std::env::current_exe().ok()?;
        let mut words = std::env::args_os();
        let name = words.next().unwrap_or_default();
        let (mut reader, writer) = std::io::pipe().ok()?;
        // SAFETY: both descriptors are open here; the flags keep the reader from waiting for a process that inherited
        // the other end, and let the child inherit that end
        unsafe {
            libc::fcntl(reader.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK);
            libc::fcntl(writer.as_raw_fd(), libc::F_SETFD, 0);
        }
        let end = writer.as_raw_fd().to_string();
        let status =
            std::process::Command::new(program).arg0(name).args(words).env(MARK, end).status().ok()?;
        drop(writer);
        Some(match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Exited(u8::try_from(code).unwrap_or(u8::MAX)),
            (None, signal) => {
                let signal = signal.unwrap_or(0);
                let mut report = [0u8; LINE];
                // One write of the child's, which is there at once or not at all.
                let length = reader.read(&mut report).unwrap_or(0);
                let words = String::from_utf8_lossy(report.get(..length).unwrap_or_default()).into_owned();
                Ended::Killed(Crash { signal, words })
            }
        })
    }

    pub fn is_child() -> bool {
        let Some(end) = std::env::var_os(MARK) else { return false };
        let end: Option<RawFd> = end.to_str().and_then(|text| text.parse().ok());
        // SAFETY: no other thread is there yet
        unsafe { std::env::remove_var(MARK) };
        let Some(end) = end.filter(|end| *end > 2) else { return false };
        // SAFETY: whatever the number is, nothing is closed or written here; programs that C starts have no use for it
        if unsafe { libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC) } != 0 {
            return false;
        }
        REPORT.store(end, Ordering::Relaxed);
        watch();
        true
    }

    /// From here on a crash is told before the process ends.
    fn watch() {
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
            for (signal, _) in SIGNALS {
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
    }

    extern "C" fn handler(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        let mut text = Line::default();
        let _ = write!(text, "{}", name_of(signal));
        if matches!(signal, libc::SIGSEGV | libc::SIGBUS) && !info.is_null() {
            // SAFETY: the system hands the handler the facts of this signal, which has an address
            let (address, code) = unsafe { ((*info).si_addr(), (*info).si_code) };
            // The processor does not say which address it was when there can be none like it.
            let _ = match code {
                SI_KERNEL => text.write_str(" at an address that cannot exist"),
                // A process sent it: itself, or another.
                ..=0 => text.write_str(" sent by a process"),
                _ => write!(text, " at {:#x}", address.addr()),
            };
        }
        // SAFETY: the context is the system's, of this very signal
        if let Some(place) = unsafe { place(context) } {
            describe(&mut text, place, context);
        }
        // SAFETY: writes bytes of ours to the pipe; then the signal comes again, with its default action
        unsafe {
            libc::write(REPORT.load(Ordering::Relaxed), text.bytes.as_ptr().cast(), text.used);
            libc::raise(signal);
        }
    }

    /// What Linux puts where it cannot tell an address.
    const SI_KERNEL: c_int = 0x80;

    /// Where the processor was.
    ///
    /// # Safety
    ///
    /// `context` is null or the third argument of a signal handler.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    unsafe fn place(context: *mut c_void) -> Option<usize> {
        // SAFETY: handed on to the caller
        unsafe { register(context, libc::REG_RIP) }
    }

    /// Where the stack was.
    ///
    /// # Safety
    ///
    /// As for `place`.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    unsafe fn stack_pointer(context: *mut c_void) -> Option<usize> {
        // SAFETY: handed on to the caller
        unsafe { register(context, libc::REG_RSP) }
    }

    /// # Safety
    ///
    /// As for `place`.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    unsafe fn register(context: *mut c_void, number: c_int) -> Option<usize> {
        let context = context.cast::<libc::ucontext_t>();
        // SAFETY: not null, and of this type on this system
        let registers = (!context.is_null()).then(|| unsafe { (*context).uc_mcontext.gregs })?;
        registers.get(number as usize).map(|register| *register as usize)
    }

    /// # Safety
    ///
    /// None is needed.
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    unsafe fn place(_: *mut c_void) -> Option<usize> {
        None
    }

    /// # Safety
    ///
    /// None is needed.
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    unsafe fn stack_pointer(_: *mut c_void) -> Option<usize> {
        None
    }

    /// ` in libc.so.6 atoi+0x13`, and by whom it was called where that says more.
    fn describe(text: &mut Line, place: usize, context: *mut c_void) {
        let Some(found) = look_up(place) else {
            let _ = write!(text, ", running at {place:#x} outside of all libraries");
            return;
        };
        let file = name(found.dli_fname).and_then(|path| path.rsplit('/').next()).unwrap_or("?");
        let _ = write!(text, " in {file}");
        if let Some(symbol) = name(found.dli_sname) {
            let _ = write!(text, " {symbol}+{:#x}", place.wrapping_sub(found.dli_saddr.addr()));
            return;
        }
        let Some(called) = CALLED.get() else {
            let _ = write!(text, "+{:#x}", place.wrapping_sub(found.dli_fbase.addr()));
            return;
        };
        // Functions that the library chooses by the processor have no name of their own.
        let inside = place.wrapping_sub(called.address);
        if inside < NEAR {
            let _ = write!(text, " {}+{inside:#x}", called.name);
            return;
        }
        let offset = place.wrapping_sub(found.dli_fbase.addr());
        // SAFETY: the context is the system's, of this very signal
        let caller = unsafe { stack_pointer(context) }.and_then(|pointer| return_into(called, pointer));
        let _ = match caller {
            Some((behind, base)) if base == found.dli_fbase => {
                write!(text, " {}+{behind:#x}, in what it calls at +{offset:#x}", called.name)
            }
            Some((behind, _)) => write!(text, "+{offset:#x}, called by {}+{behind:#x}", called.name),
            None => write!(text, "+{offset:#x}"),
        };
    }

    /// Where the stack says that the function goes on: how far behind its start, and in which library.
    fn return_into(called: &Called, pointer: usize) -> Option<(usize, *mut c_void)> {
        // Only what lies on the stack that the call was made from, and not too much of it.
        let words = called.above.saturating_sub(pointer) / size_of::<usize>();
        if !pointer.is_multiple_of(size_of::<usize>()) || words > DEEPEST {
            return None;
        }
        (0..words).find_map(|index| {
            // SAFETY: from the stack pointer at the crash up to a frame that is still there, the stack is mapped
            let word = unsafe { std::ptr::with_exposed_provenance::<usize>(pointer).add(index).read() };
            let behind = word.wrapping_sub(called.address);
            let found = look_up(word).filter(|_| behind < NEAR)?;
            (found.dli_saddr.addr() == called.address).then_some((behind, found.dli_fbase))
        })
    }

    /// Functions whose size nobody tells are taken to be no larger.
    const NEAR: usize = 0x400;

    /// So many words of the stack are searched.
    const DEEPEST: usize = 1 << 16;

    fn look_up(place: usize) -> Option<libc::Dl_info> {
        // SAFETY: plain pointers and numbers, for which zero is a value
        let mut found: libc::Dl_info = unsafe { std::mem::zeroed() };
        // SAFETY: the loader only looks the number up, and fills the answer
        (unsafe { libc::dladdr(place as *const c_void, &raw mut found) } != 0).then_some(found)
    }

    fn name(pointer: *const libc::c_char) -> Option<&'static str> {
        // SAFETY: the loader's names end with NUL and stay
        (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap_or("?"))
    }

    const LINE: usize = 512;

    /// A line that needs no heap, which the crash may have broken.
    struct Line {
        bytes: [u8; LINE],
        used: usize,
    }

    impl Default for Line {
        fn default() -> Line {
            Line { bytes: [0; LINE], used: 0 }
        }
    }

    impl std::fmt::Write for Line {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let room = self.bytes.get_mut(self.used..).unwrap_or_default();
            let length = text.len().min(room.len());
            for (to, from) in room.iter_mut().zip(text.bytes()) {
                *to = from;
            }
            self.used += length;
            Ok(())
        }
    }
}
