//! Where values live: tails, alignments, arenas, allocators, ownership that comes and goes, and what happens at the end.

use eightbyte::{Allocator, CData, ErrorKind, Ffi, Malloc};
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

fn ffi() -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        typedef struct { double x, y; } point_t;
        struct message { int length; char text[]; };
        struct padded { long stamp; char kind; char tail[]; };
        struct points { unsigned count; point_t at[]; };
        struct anonymous { int a; struct { short b; short tail[]; }; };
        struct wide { char c; _Alignas(4096) char page[64]; };
        struct nothing {};
        void *malloc(size_t);
        void free(void *);
        ",
    )
    .unwrap();
    ffi
}

#[test]
fn flexible_tails() {
    let ffi = ffi();
    for count in [0u64, 1, 2, 3, 7, 8, 9, 100] {
        for (name, tail, offset, element) in [
            ("struct message", "text", 4, 1),
            ("struct padded", "tail", 9, 1),
            ("struct points", "at", 8, 16),
            ("struct anonymous", "tail", 6, 2),
        ] {
            let mut data = ffi.alloc_flexible(name, count).unwrap();
            assert_eq!(data.bytes().len() as u64, offset + count * element, "{name} {count}");
            assert_eq!(data.part().part(tail).unwrap().len(), count, "{name} {count}");
            assert!(data.get::<i8>(&format!("{tail}[{count}]")).is_err());
            // What C takes for a whole record is there
            let size = ffi.sizeof(name).unwrap().max(offset + count * element) as usize;
            // SAFETY: the block has at least the size of the record
            unsafe { data.as_mut_ptr().write_bytes(1, size) };
            assert_eq!(data.duplicate().unwrap().bytes(), data.bytes());
            assert_eq!(data.duplicate().unwrap().part().part(tail).unwrap().len(), count);
            assert_eq!(data.get::<CData>("").unwrap().to_string(), data.to_string());
        }
    }
    let mut points = ffi.alloc_flexible("struct points", 2).unwrap();
    points.set("at[1]", (1, 2)).unwrap();
    assert_eq!(points.to_string(), "{ .count = 0, .at = { { .x = 0, .y = 0 }, { .x = 1, .y = 2 } } }");
    points.set("at", [(3, 4)]).unwrap();
    assert_eq!(points.get::<f64>("at[0].y").unwrap(), 4.0);
    assert_eq!(points.set("at", [(3, 4); 3]).unwrap_err().kind(), ErrorKind::Arity);
    let error = ffi.alloc_flexible("point_t", 2).unwrap_err();
    assert_eq!(error.message(), "'point_t' has no flexible member; declare the last one with '[]'");
    for count in [u64::MAX, u64::MAX / 16, 1 << 60, (1 << 59) - 1] {
        let error = ffi.alloc_flexible("struct points", count).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TooLarge | ErrorKind::OutOfMemory), "{count}");
    }
    // Without a count there is none
    assert_eq!(ffi.alloc("struct points").unwrap().part().part("at").unwrap().len(), 0);
}

#[test]
fn sizes_and_alignments() {
    let ffi = ffi();
    for _ in 0..3 {
        let wide = ffi.alloc("struct wide").unwrap();
        assert_eq!(wide.as_ptr().addr() % 4096, 0);
        assert!(wide.bytes().iter().all(|&byte| byte == 0));
        let wides = ffi.alloc_array("struct wide", 3).unwrap();
        assert_eq!((wides.as_ptr().addr() % 4096, wides.bytes().len()), (0, 3 * 8192));
    }
    assert_eq!(ffi.alloc("struct nothing").unwrap().bytes().len(), 0);
    assert_eq!(ffi.alloc_array("point_t[?]", 0).unwrap().bytes().len(), 0);
    assert_eq!(ffi.alloc_array("char", 1 << 63).unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(ffi.alloc_array("point_t", 1 << 60).unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(
        ffi.alloc_array("char[?]", i64::MAX as u64 - 4096).unwrap_err().kind(),
        ErrorKind::OutOfMemory
    );
}

/// Freed memory is handed out again, and is zero each time; who frees it may be another thread.
#[test]
fn small_blocks_on_many_threads() {
    let ffi = ffi();
    let types: Vec<_> = (1..40).map(|size| ffi.ctype(&format!("char[{}]", size * 8)).unwrap()).collect();
    let (send, receive) = std::sync::mpsc::channel::<CData>();
    std::thread::scope(|threads| {
        threads.spawn(move || receive.into_iter().for_each(drop));
        for thread in 0..3usize {
            let (send, types) = (send.clone(), types.clone());
            threads.spawn(move || {
                let mut held = Vec::new();
                for round in 0..3000usize {
                    let ty = &types[(round * 31 + thread * 7) % types.len()];
                    let mut data = ty.alloc().unwrap();
                    assert!(data.bytes().iter().all(|&byte| byte == 0));
                    data.bytes_mut().fill(0xa5);
                    match round % 3 {
                        0 => send.send(data).unwrap(),
                        1 => held.push(data),
                        _ => {}
                    }
                }
                assert!(held.iter().all(|data| data.bytes().iter().all(|&byte| byte == 0xa5)));
            });
        }
        drop(send);
    });
}

#[test]
fn arenas() {
    let ffi = ffi();
    let mut arena = ffi.arena();
    {
        let point = ffi.ctype("point_t").unwrap();
        let mut points: Vec<_> =
            (0..1000).map(|number| point.make_on(&arena, (number, 1)).unwrap()).collect();
        let mut wide = arena.alloc("struct wide").unwrap();
        assert_eq!(wide.part_mut("").unwrap().as_type().to_string(), "struct wide");
        let numbers = arena.alloc_array("int", 100_000).unwrap();
        assert_eq!(numbers.len(), 100_000);
        points[999].set("y", 5).unwrap();
        assert!(
            points
                .iter()
                .take(999)
                .enumerate()
                .all(|(number, point)| { point.get::<(f64, f64)>("").unwrap() == (number as f64, 1.0) })
        );
        assert_eq!(arena.make("char[?]", "text").unwrap().to_string(), "\"text\"");
        assert_eq!(arena.make("const int", 5).unwrap().set("", 6).unwrap_err().kind(), ErrorKind::Const);
        assert_eq!(arena.alloc("int[?]").unwrap_err().kind(), ErrorKind::Incomplete);
        assert_eq!(arena.alloc_array("int", 1 << 62).unwrap_err().kind(), ErrorKind::TooLarge);
        let other = Ffi::new().ctype("int").unwrap();
        assert!(other.alloc_on(&arena).is_err());
    }
    arena.clear();
    assert_eq!(arena.alloc("point_t").unwrap().to_string(), "{ .x = 0, .y = 0 }");
}

/// Counts what is out, and hands out rubbish.
#[derive(Default)]
struct Counting {
    out: AtomicIsize,
    calls: AtomicUsize,
    full: AtomicUsize,
}

// SAFETY: as `Malloc`, which does the work
unsafe impl Allocator for Counting {
    fn allocate(&self, size: usize, align: usize) -> Option<NonNull<u8>> {
        if self.full.load(SeqCst) == 1 {
            return None;
        }
        self.calls.fetch_add(1, SeqCst);
        self.out.fetch_add(size as isize, SeqCst);
        let start = Malloc.allocate(size, align)?;
        // SAFETY: so many bytes were just allocated
        unsafe { start.write_bytes(0xee, size) };
        Some(start)
    }
    unsafe fn free(&self, start: NonNull<u8>, size: usize, align: usize) {
        self.out.fetch_sub(size as isize, SeqCst);
        // SAFETY: handed on
        unsafe { Malloc.free(start, size, align) }
    }
}

#[test]
fn allocators_of_a_host() {
    let counting = Arc::new(Counting::default());
    let ffi = Ffi::new().with_allocator(counting.clone()).unwrap();
    let data = ffi.make("int[4]", [1, 2]).unwrap();
    let (copy, empty) = (data.duplicate().unwrap(), ffi.alloc("int[0]").unwrap());
    assert_eq!((data.to_string(), empty.bytes().len()), ("{ 1, 2, 0, 0 }".into(), 0));
    assert_eq!((counting.out.load(SeqCst), counting.calls.load(SeqCst)), (32, 2));
    drop(data);
    std::thread::spawn(move || drop(copy)).join().unwrap();
    assert_eq!(counting.out.load(SeqCst), 0);
    let again = Ffi::clone(&ffi).with_allocator(counting.clone());
    assert_eq!(again.unwrap_err().message(), "the Ffi has an allocator already");
    counting.full.store(1, SeqCst);
    assert_eq!(ffi.alloc("int").unwrap_err().kind(), ErrorKind::OutOfMemory);
    counting.full.store(0, SeqCst);

    // One value only; the allocator lives as long as what came from it
    let other = Arc::new(Counting::default());
    let one = {
        let allocator: Arc<dyn Allocator> = other.clone();
        ffi.ctype("double[2]").unwrap().alloc_in(&allocator).unwrap()
    };
    assert_eq!((other.out.load(SeqCst), Arc::strong_count(&other)), (16, 2));
    drop(one);
    assert_eq!((other.out.load(SeqCst), Arc::strong_count(&other)), (0, 1));
}

#[test]
fn there_and_back() {
    let ffi = ffi();
    let point = ffi.ctype("point_t").unwrap();
    let address = point.make((3, 4)).unwrap().into_raw();
    // SAFETY: it was just given away
    let back = unsafe { point.from_raw(address) }.unwrap();
    assert_eq!((back.to_string(), back.as_ptr()), ("{ .x = 3, .y = 4 }".into(), address.cast_const().cast()));

    let message = ffi.ctype("struct message").unwrap();
    let mut data = message.alloc_flexible(3).unwrap();
    data.set("text", "abc").unwrap();
    // SAFETY: it was just given away
    let back = unsafe { message.from_raw_flexible(data.into_raw(), 3) }.unwrap();
    assert_eq!(back.get::<[i8; 3]>("text").unwrap(), [97, 98, 99]);

    // Memory of C, freed by us; memory of ours, freed by C
    let malloc: Arc<dyn Allocator> = Arc::new(Malloc);
    // SAFETY: what C's functions promise
    unsafe {
        let from_c: *mut c_void = ffi.process().function("malloc").unwrap().call((16,)).unwrap();
        from_c.cast::<f64>().write(1.5);
        from_c.cast::<f64>().add(1).write(2.5);
        assert_eq!(point.from_raw_in(from_c, &malloc).unwrap().to_string(), "{ .x = 1.5, .y = 2.5 }");
        let to_c = point.alloc_in(&malloc).unwrap().into_raw();
        ffi.process().function("free").unwrap().call::<()>((to_c,)).unwrap();
    }
    // SAFETY: these addresses are refused
    unsafe {
        assert_eq!(point.from_raw(std::ptr::null_mut()).unwrap_err().kind(), ErrorKind::Null);
        assert!(point.from_raw(std::ptr::without_provenance_mut(12)).is_err());
    }
    let wide = ffi.ctype("struct wide").unwrap();
    assert_eq!(wide.alloc_in(&malloc).unwrap_err().kind(), ErrorKind::OutOfMemory);
}

#[test]
fn finalisers() {
    let ffi = ffi();
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let noting = |name: &'static str| {
        let log = log.clone();
        move |data: eightbyte::CMut<'_>| log.lock().unwrap().push(format!("{name} {data}"))
    };
    let taken = || std::mem::take(&mut *log.lock().unwrap());
    let mut data = ffi.make("point_t", (1, 2)).unwrap();
    data.on_drop(noting("first"));
    data.on_drop(noting("second"));
    data.set("x", 7).unwrap();
    drop(data.duplicate().unwrap());
    assert!(taken().is_empty());
    drop(data);
    assert_eq!(taken(), ["second { .x = 7, .y = 2 }"]);

    let mut data = ffi.make("int", 1).unwrap();
    assert!(!data.cancel_on_drop());
    data.on_drop(noting("never"));
    assert!(data.cancel_on_drop() && !data.cancel_on_drop());
    drop(data);
    let mut data = ffi.make("int", 1).unwrap();
    data.on_drop(noting("never"));
    let address = data.into_raw();
    // SAFETY: it was just given away
    drop(unsafe { ffi.ctype("int").unwrap().from_raw(address) }.unwrap());
    assert!(taken().is_empty());

    // A panic stays inside, the memory goes all the same, and what comes after runs
    let mut data = ffi.make("int", 1).unwrap();
    data.on_drop(|_| std::panic::panic_any(7));
    drop(data);
    let mut data = ffi.make("int", 5).unwrap();
    data.on_drop(noting("moved"));
    let shared = Arc::new(data);
    std::thread::spawn({
        let shared = shared.clone();
        move || drop(shared)
    })
    .join()
    .unwrap();
    drop(shared);
    assert_eq!(taken(), ["moved 5"]);
    // Also while another panic is on its way
    let mut data = ffi.make("int", 6).unwrap();
    data.on_drop(noting("unwound"));
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _data = data;
        std::panic::resume_unwind(Box::new(1));
    }));
    assert!(unwound.is_err());
    assert_eq!(taken(), ["unwound 6"]);
}

#[test]
fn memory_elsewhere() {
    let ffi = ffi();
    let mut before = ffi.alloc("int").unwrap();
    before.set_external_size(50).unwrap();
    let (sum, calls) = (Arc::new(AtomicIsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (sum_seen, calls_seen) = (sum.clone(), calls.clone());
    ffi.on_external_memory(move |delta| {
        sum.fetch_add(delta, SeqCst);
        calls.fetch_add(1, SeqCst);
    })
    .unwrap();
    assert!(ffi.on_external_memory(|_| {}).is_err());
    drop(before);
    assert_eq!(calls_seen.load(SeqCst), 0);
    let mut one = ffi.alloc("int").unwrap();
    let mut two = ffi.alloc("int").unwrap();
    one.set_external_size(1000).unwrap();
    two.set_external_size(500).unwrap();
    two.set_external_size(300).unwrap();
    two.set_external_size(300).unwrap();
    assert_eq!((sum_seen.load(SeqCst), calls_seen.load(SeqCst), two.external_size()), (1300, 3, 300));
    drop(one);
    assert_eq!(sum_seen.load(SeqCst), 300);
    drop(two.duplicate().unwrap());
    // SAFETY: it was just given away
    drop(unsafe { ffi.ctype("int").unwrap().from_raw(two.into_raw()) }.unwrap());
    assert_eq!(sum_seen.load(SeqCst), 0);
    assert_eq!(
        ffi.alloc("int").unwrap().set_external_size(usize::MAX).unwrap_err().kind(),
        ErrorKind::TooLarge
    );
}

#[test]
fn an_arena_takes_tails_and_the_allocator_of_the_host() {
    struct Counting(AtomicIsize);
    // SAFETY: memory of Rust's allocator, as it was asked for
    unsafe impl Allocator for Counting {
        fn allocate(&self, size: usize, align: usize) -> Option<NonNull<u8>> {
            self.0.fetch_add(size as isize, SeqCst);
            // SAFETY: a block that is not empty
            NonNull::new(unsafe { std::alloc::alloc(std::alloc::Layout::from_size_align(size, align).ok()?) })
        }
        unsafe fn free(&self, start: NonNull<u8>, size: usize, align: usize) {
            self.0.fetch_sub(size as isize, SeqCst);
            let layout = std::alloc::Layout::from_size_align(size, align).unwrap();
            // SAFETY: as the caller says
            unsafe { std::alloc::dealloc(start.as_ptr(), layout) }
        }
    }
    let counting = Arc::new(Counting(AtomicIsize::new(0)));
    let ffi = Ffi::new().with_allocator(counting.clone()).unwrap();
    ffi.cdef("struct tail { int n; char name[]; };").unwrap();
    let mut arena = ffi.arena();
    let one = arena.make("struct tail", (1, "hello")).unwrap();
    let other = arena.make("struct tail", eightbyte::init! { n: 2, name: "b" }).unwrap();
    assert_eq!(format!("{one} {other}"), "{ .n = 1, .name = \"hello\" } { .n = 2, .name = \"b\" }");
    assert!(counting.0.load(SeqCst) > 0);
    arena.clear();
    drop(arena);
    assert_eq!(counting.0.load(SeqCst), 0);
}
