//! A function of SQL that is a closure of Rust, in the SQLite of this system (Debian: libsqlite3-0).

use eightbyte::{Ffi, Lib};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;

const DECLARATIONS: &str = "
    typedef struct sqlite3 sqlite3;
    typedef struct sqlite3_context sqlite3_context;
    typedef struct sqlite3_value sqlite3_value;
    int sqlite3_open(const char *path, sqlite3 **database);
    int sqlite3_close(sqlite3 *database);
    const char *sqlite3_errmsg(sqlite3 *database);
    int sqlite3_create_function_v2(sqlite3 *database, const char *name, int count, int flags, void *data,
        void (*function)(sqlite3_context *, int, sqlite3_value **),
        void (*step)(sqlite3_context *, int, sqlite3_value **), void (*final)(sqlite3_context *),
        void (*destroy)(void *));
    int sqlite3_exec(sqlite3 *database, const char *sql,
        int (*row)(void *, int, char **, char **), void *data, char **message);
    const unsigned char *sqlite3_value_text(sqlite3_value *value);
    void *sqlite3_user_data(sqlite3_context *context);
    void sqlite3_result_text(sqlite3_context *context, const char *text, int length, void (*destroy)(void *));
";

fn main() -> eightbyte::Result<()> {
    let ffi = Ffi::new();
    ffi.cdef(DECLARATIONS)?;
    // SAFETY: SQLite's initialisers and finalisers are sound
    let sqlite = match unsafe { ffi.load_any(&["sqlite3", "libsqlite3.so.0"]) } {
        Ok(sqlite) => sqlite,
        Err(error) => {
            println!("SKIPPED: install SQLite (Debian: libsqlite3-0): {}", error.message());
            return Ok(());
        }
    };
    run(&ffi, &sqlite)
}

fn run(ffi: &Ffi, sqlite: &Lib) -> eightbyte::Result<()> {
    let mut database = [null_mut::<c_void>()];
    let slot = database.as_mut_ptr().cast::<c_void>();
    // SAFETY: as SQLite's header has it, here and below; the slot is written once
    let opened: c_int = unsafe { sqlite.function("sqlite3_open")?.call((":memory:", slot))? };
    let [database] = database;
    assert_eq!(opened, 0);

    // What the function needs travels through SQLite as a handle, which is checked on its way back
    let greeting = ffi.handle(String::from("Hello"))?;
    let (text, user_data, result) = (
        sqlite.function("sqlite3_value_text")?,
        sqlite.function("sqlite3_user_data")?,
        sqlite.function("sqlite3_result_text")?,
    );
    let scope = ffi.clone();
    let greet = ffi.callback(
        "void (*)(sqlite3_context *, int, sqlite3_value **)",
        move |context: *mut c_void, _: c_int, values: *mut *mut c_void| {
            // SAFETY: SQLite passes as many values as the function was registered for: one; its text lives as long
            // as the value, and the result is copied (-1)
            unsafe {
                let name: *const c_char = text.call((*values,))?;
                let greeting = scope.from_handle::<String>(user_data.call::<*mut c_void>((context,))?)?;
                let greeted = format!("{greeting}, {}!", CStr::from_ptr(name).to_string_lossy());
                let copied = std::ptr::without_provenance_mut::<c_void>(usize::MAX);
                result.call::<()>((context, greeted.as_str(), greeted.len() as c_int, copied))
            }
        },
    )?;
    let create = sqlite.function("sqlite3_create_function_v2")?;
    let utf8 = 1;
    // SAFETY: the callback and the handle live until the database is closed
    let made: c_int = unsafe { create.call((database, "greet", 1, utf8, &greeting, &greet, (), (), ()))? };
    assert_eq!(made, 0);

    let print = |_: *mut c_void, count: c_int, values: *mut *mut c_char, names: *mut *mut c_char| -> c_int {
        for column in 0..count as usize {
            // SAFETY: SQLite passes as many texts as it says, here none of them null
            let (name, value) =
                unsafe { (CStr::from_ptr(*names.add(column)), CStr::from_ptr(*values.add(column))) };
            println!("{} = {}", name.to_string_lossy(), value.to_string_lossy());
        }
        0
    };
    let exec = sqlite.function("sqlite3_exec")?;
    let sql = "select greet(column1) as greeting from (values ('world'), ('SQLite'))";
    let done = ffi.with_callback("int (*)(void *, int, char **, char **)", print, |print| {
        // SAFETY: the callback is lent for this call, which keeps no pointer
        unsafe { exec.call::<c_int>((database, sql, print, (), ())) }
    })??;
    if done != 0 {
        // SAFETY: the database is open
        let message: *const c_char = unsafe { sqlite.function("sqlite3_errmsg")?.call((database,))? };
        // SAFETY: SQLite's message is text
        println!("SQLite: {}", unsafe { CStr::from_ptr(message) }.to_string_lossy());
    }
    // SAFETY: nobody uses it any more
    let closed: c_int = unsafe { sqlite.function("sqlite3_close")?.call((database,))? };
    assert_eq!(closed, 0);
    Ok(())
}
