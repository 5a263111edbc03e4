//! Timers of libuv, and a walk over its handles, with closures of Rust (Debian: libuv1).

use eightbyte::{CData, Ffi, Lib};
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::rc::Rc;

const DECLARATIONS: &str = "
    typedef struct uv_loop_s uv_loop_t;
    typedef struct uv_handle_s uv_handle_t;
    typedef struct uv_timer_s uv_timer_t;
    typedef void (*uv_timer_cb)(uv_timer_t *handle);
    typedef void (*uv_walk_cb)(uv_handle_t *handle, void *arg);
    typedef void (*uv_close_cb)(uv_handle_t *handle);
    size_t uv_loop_size(void);
    size_t uv_handle_size(int type);
    int uv_loop_init(uv_loop_t *loop);
    int uv_loop_close(uv_loop_t *loop);
    int uv_run(uv_loop_t *loop, int mode);
    int uv_timer_init(uv_loop_t *loop, uv_timer_t *timer);
    int uv_timer_start(uv_timer_t *timer, uv_timer_cb tick, uint64_t timeout, uint64_t repeat);
    int uv_timer_stop(uv_timer_t *timer);
    void uv_walk(uv_loop_t *loop, uv_walk_cb visit, void *arg);
    void uv_close(uv_handle_t *handle, uv_close_cb closed);
    int uv_handle_get_type(const uv_handle_t *handle);
    const char *uv_handle_type_name(int type);
";

/// `UV_TIMER` of `uv_handle_type`, and `UV_RUN_DEFAULT`.
const TIMER: c_int = 13;
const RUN_DEFAULT: c_int = 0;

fn main() -> eightbyte::Result<()> {
    let ffi = Ffi::new();
    ffi.cdef(DECLARATIONS)?;
    // SAFETY: libuv's initialisers and finalisers are sound
    match unsafe { ffi.load_any(&["uv", "libuv.so.1"]) } {
        Ok(uv) => run(&ffi, &uv),
        Err(error) => {
            println!("SKIPPED: install libuv (Debian: libuv1): {}", error.message());
            Ok(())
        }
    }
}

fn run(ffi: &Ffi, uv: &Lib) -> eightbyte::Result<()> {
    // libuv keeps its structs to itself, and tells their sizes
    // SAFETY: as libuv's header has it, here and below
    let block =
        |size: usize| -> eightbyte::Result<CData> { ffi.alloc_array("long long", size.div_ceil(8) as u64) };
    // SAFETY: as above
    let (loop_size, timer_size): (usize, usize) =
        unsafe { (uv.function("uv_loop_size")?.call(())?, uv.function("uv_handle_size")?.call((TIMER,))?) };
    let mut memory = block(loop_size)?;
    let mut timers = [block(timer_size)?, block(timer_size)?];
    let uv_loop = memory.as_mut_ptr().cast::<c_void>();
    // SAFETY: the block is as large as a loop
    let made: c_int = unsafe { uv.function("uv_loop_init")?.call((uv_loop,))? };
    assert_eq!(made, 0);

    // The closures need not be Send: libuv calls them in this thread
    let ticks = Rc::new(Cell::new(0));
    let (counted, stop) = (ticks.clone(), uv.function("uv_timer_stop")?);
    let tick = ffi.callback_local("uv_timer_cb", move |timer: *mut c_void| {
        counted.set(counted.get() + 1);
        println!("tick {}", counted.get());
        if counted.get() == 3 {
            // SAFETY: the timer that libuv just passed
            let stopped: c_int = unsafe { stop.call((timer,))? };
            assert_eq!(stopped, 0);
        }
        Ok(())
    })?;
    let once = ffi.callback_local("uv_timer_cb", |_: *mut c_void| println!("once"))?;
    for (timer, callback, timeout, repeat) in [(0, &tick, 10u64, 10u64), (1, &once, 25, 0)] {
        let timer = timers[timer].as_mut_ptr().cast::<c_void>();
        // SAFETY: the block is as large as a timer, and stays until the loop is closed
        unsafe {
            let made: c_int = uv.function("uv_timer_init")?.call((uv_loop, timer))?;
            let started: c_int = uv.function("uv_timer_start")?.call((timer, callback, timeout, repeat))?;
            assert_eq!((made, started), (0, 0));
        }
    }

    // uv_walk, over all handles of the loop, with a closure that borrows
    let names = RefCell::new(Vec::new());
    let (type_of, name_of) = (uv.function("uv_handle_get_type")?, uv.function("uv_handle_type_name")?);
    let visit = |handle: *mut c_void, _: *mut c_void| {
        // SAFETY: the handle that libuv just passed; names of types are text that stays
        let name = unsafe {
            let name: *const std::ffi::c_char = name_of.call((type_of.call::<c_int>((handle,))?,))?;
            std::ffi::CStr::from_ptr(name)
        };
        names.borrow_mut().push(name.to_string_lossy());
        Ok(())
    };
    let walk = uv.function("uv_walk")?;
    // SAFETY: the callback is lent for this call, which keeps no pointer
    ffi.with_callback("uv_walk_cb", visit, |visit| unsafe { walk.call::<()>((uv_loop, visit, ())) })??;
    println!("handles: {}", names.borrow().join(", "));

    let uv_run = uv.function("uv_run")?;
    // SAFETY: the loop was made above
    let left: c_int = unsafe { uv_run.call((uv_loop, RUN_DEFAULT))? };
    println!("{} ticks, {left} handles still active", ticks.get());

    // All handles are closed from a walk, too; the loop runs once more for that
    let close = uv.function("uv_close")?;
    let closed = Rc::new(Cell::new(0));
    let count = closed.clone();
    let on_close = ffi.callback_local("uv_close_cb", move |_: *mut c_void| count.set(count.get() + 1))?;
    // SAFETY: a handle that libuv passes; the callback lives until the loop has run
    let visit = |handle: *mut c_void, _: *mut c_void| unsafe { close.call::<()>((handle, &on_close)) };
    // SAFETY: as above
    unsafe {
        ffi.with_callback("uv_walk_cb", visit, |visit| walk.call::<()>((uv_loop, visit, ())))??;
        let left: c_int = uv_run.call((uv_loop, RUN_DEFAULT))?;
        let ended: c_int = uv.function("uv_loop_close")?.call((uv_loop,))?;
        assert_eq!((left, ended, closed.get()), (0, 0, 2));
    }
    println!("closed {} handles", closed.get());
    Ok(())
}
