//! A real database: SQLite through a pasted header.
//!
//! `cargo run --example sqlite`

use eightbyte::{CData, Constant, Ffi, Function, Lib};
use std::error::Error;
use std::ffi::{CStr, c_char, c_void};

/// From sqlite3.h, as it stands there but for the comments.
const HEADER: &str = "
    typedef struct sqlite3 sqlite3;
    typedef struct sqlite3_stmt sqlite3_stmt;
    typedef long long int sqlite3_int64;
    typedef void (*sqlite3_destructor_type)(void*);

    enum { SQLITE_OK = 0, SQLITE_ROW = 100, SQLITE_DONE = 101 };
    enum { SQLITE_INTEGER = 1, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL };

    const char *sqlite3_libversion(void);
    int sqlite3_open(const char *filename, sqlite3 **ppDb);
    int sqlite3_close(sqlite3*);
    const char *sqlite3_errmsg(sqlite3*);
    int sqlite3_prepare_v2(sqlite3 *db, const char *zSql, int nByte, sqlite3_stmt **ppStmt, const char **pzTail);
    int sqlite3_bind_double(sqlite3_stmt*, int, double);
    int sqlite3_bind_int64(sqlite3_stmt*, int, sqlite3_int64);
    int sqlite3_bind_text(sqlite3_stmt*, int, const char*, int, void(*)(void*));
    int sqlite3_step(sqlite3_stmt*);
    int sqlite3_reset(sqlite3_stmt *pStmt);
    int sqlite3_finalize(sqlite3_stmt *pStmt);
    int sqlite3_column_count(sqlite3_stmt *pStmt);
    const char *sqlite3_column_name(sqlite3_stmt*, int N);
    int sqlite3_column_type(sqlite3_stmt*, int iCol);
    double sqlite3_column_double(sqlite3_stmt*, int iCol);
    sqlite3_int64 sqlite3_column_int64(sqlite3_stmt*, int iCol);
    const unsigned char *sqlite3_column_text(sqlite3_stmt*, int iCol);
";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let ffi = Ffi::new();
    ffi.cdef_named("sqlite3.h", HEADER)?;
    // SAFETY: SQLite's own library, and the declarations are its own as well
    let library = match unsafe { ffi.load_any(&["sqlite3", "libsqlite3.so.0"]) } {
        Ok(library) => library,
        Err(error) => {
            println!("SQLite is not here; on Debian: apt install libsqlite3-0\n{error}");
            return Ok(());
        }
    };
    // SAFETY: it takes nothing and returns text that stays
    let version = unsafe { text(library.function("sqlite3_libversion")?.call(())?) };
    println!("SQLite {version}");

    let database = Database::open(&ffi, &library, ":memory:")?;
    database.run("CREATE TABLE planets (name TEXT, moons INTEGER, radius REAL)")?;
    let insert = database.prepare("INSERT INTO planets VALUES (?, ?, ?)")?;
    for (name, moons, radius) in
        [("Mercury", 0, 2439.7), ("Earth", 1, 6371.0), ("Mars", 2, 3389.5), ("Jupiter", 95, 69911.0)]
    {
        insert.bind(name, moons, radius)?;
        insert.step()?;
        insert.reset()?;
    }
    drop(insert);

    let select =
        database.prepare("SELECT name, moons, radius FROM planets WHERE moons > 0 ORDER BY radius")?;
    println!("{}", select.names()?.join(" | "));
    while select.step()? {
        println!("{}", select.row()?.join(" | "));
    }
    drop(select);

    // SQLite explains its own mistakes, and the declarations catch ours
    for mistake in ["SELECT nam FROM planets", "SELEC 1"] {
        if let Err(error) = database.prepare(mistake) {
            println!("{mistake}: {error}");
        }
    }
    // SAFETY: refused before SQLite sees it
    if let Err(error) = unsafe { database.step.call::<i32>((&database.handle,)) } {
        println!("{error}");
    }
    Ok(())
}

/// A constant of the header.
fn constant(ffi: &Ffi, name: &str) -> Result<i32> {
    match ffi.constant(name)? {
        Constant::Integer(value) => Ok(i32::try_from(value)?),
        other => Err(format!("expected an integer for {name}, found {other:?}").into()),
    }
}

/// The text at an address that C returned; nothing for null.
///
/// # Safety
///
/// There is text, and it stays until this returns.
unsafe fn text(start: *const c_char) -> String {
    if start.is_null() {
        return String::new();
    }
    // SAFETY: the caller vouches for it
    unsafe { CStr::from_ptr(start) }.to_string_lossy().into_owned()
}

/// An open database; the functions are found once.
struct Database<'f> {
    ffi: &'f Ffi,
    library: &'f Lib,
    /// A `sqlite3 *`
    handle: CData,
    prepare: Function,
    step: Function,
    finalize: Function,
    ok: i32,
    row: i32,
    done: i32,
}

impl<'f> Database<'f> {
    fn open(ffi: &'f Ffi, library: &'f Lib, path: &str) -> Result<Database<'f>> {
        let mut handle = ffi.alloc("sqlite3 *")?;
        // SAFETY: the pointer is room for the answer, the path is read during the call
        let code: i32 = unsafe { library.function("sqlite3_open")?.call((path, &mut handle))? };
        let database = Database {
            ffi,
            library,
            handle,
            prepare: library.function("sqlite3_prepare_v2")?,
            step: library.function("sqlite3_step")?,
            finalize: library.function("sqlite3_finalize")?,
            ok: constant(ffi, "SQLITE_OK")?,
            row: constant(ffi, "SQLITE_ROW")?,
            done: constant(ffi, "SQLITE_DONE")?,
        };
        database.check(code)?;
        Ok(database)
    }

    /// An error in SQLite's words, if this code is one.
    fn check(&self, code: i32) -> Result<i32> {
        if code == self.ok || code == self.row || code == self.done {
            return Ok(code);
        }
        // SAFETY: the handle is SQLite's own; the text is copied before anything else is asked
        let message = unsafe { text(self.library.function("sqlite3_errmsg")?.call((&self.handle,))?) };
        Err(format!("{message} (code {code})").into())
    }

    fn prepare<'d>(&'d self, text: &str) -> Result<Statement<'d>> {
        let mut statement = self.ffi.alloc("sqlite3_stmt *")?;
        let length = i32::try_from(text.len())?;
        // SAFETY: the handle is SQLite's own, the text has that length, and nobody wants to know where it ends
        let code = unsafe { self.prepare.call((&self.handle, text, length, &mut statement, ()))? };
        self.check(code)?;
        Ok(Statement { database: self, handle: statement })
    }

    fn run(&self, text: &str) -> Result<()> {
        let statement = self.prepare(text)?;
        while statement.step()? {}
        Ok(())
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // SAFETY: nobody has the handle any more; statements borrow this database
        let closed =
            self.library.function("sqlite3_close").and_then(|close| unsafe { close.call((&self.handle,)) });
        let closed: i32 = closed.unwrap_or(-1);
        assert_eq!(closed, 0, "the database stays open");
    }
}

struct Statement<'d> {
    database: &'d Database<'d>,
    /// A `sqlite3_stmt *`
    handle: CData,
}

impl Statement<'_> {
    fn bind(&self, text: &str, integer: i64, float: f64) -> Result<()> {
        let library = self.database.library;
        // SQLITE_TRANSIENT: SQLite copies the text, which lives no longer than the call
        let transient = usize::MAX as *mut c_void;
        // SAFETY: the statement is SQLite's own, and has these three parameters
        let codes: [i32; 3] = unsafe {
            [
                library.function("sqlite3_bind_text")?.call((
                    &self.handle,
                    1,
                    text,
                    text.len(),
                    transient,
                ))?,
                library.function("sqlite3_bind_int64")?.call((&self.handle, 2, integer))?,
                library.function("sqlite3_bind_double")?.call((&self.handle, 3, float))?,
            ]
        };
        codes.into_iter().try_for_each(|code| self.database.check(code).map(drop))
    }

    /// One row further; false at the end.
    fn step(&self) -> Result<bool> {
        // SAFETY: the statement is SQLite's own
        let code: i32 = unsafe { self.database.step.call((&self.handle,))? };
        Ok(self.database.check(code)? == self.database.row)
    }

    fn reset(&self) -> Result<()> {
        // SAFETY: the statement is SQLite's own
        let code: i32 = unsafe { self.database.library.function("sqlite3_reset")?.call((&self.handle,))? };
        self.database.check(code).map(drop)
    }

    fn count(&self) -> Result<i32> {
        // SAFETY: the statement is SQLite's own
        Ok(unsafe { self.database.library.function("sqlite3_column_count")?.call((&self.handle,))? })
    }

    fn names(&self) -> Result<Vec<String>> {
        let name = self.database.library.function("sqlite3_column_name")?;
        // SAFETY: the statement has that many columns, and the text is copied at once
        let named = |index| Ok(unsafe { text(name.call((&self.handle, index))?) });
        (0..self.count()?).map(named).collect()
    }

    /// The row as text, whatever SQLite keeps.
    fn row(&self) -> Result<Vec<String>> {
        let library = self.database.library;
        let kind = library.function("sqlite3_column_type")?;
        let (integer, float, characters) = (
            library.function("sqlite3_column_int64")?,
            library.function("sqlite3_column_double")?,
            library.function("sqlite3_column_text")?,
        );
        let ffi = self.database.ffi;
        let [is_integer, is_float, is_null] =
            [constant(ffi, "SQLITE_INTEGER")?, constant(ffi, "SQLITE_FLOAT")?, constant(ffi, "SQLITE_NULL")?];
        let cell = |index| {
            // SAFETY: the statement stands on a row with that many columns; text is copied at once
            unsafe {
                let column = (&self.handle, index);
                Ok(match kind.call::<i32>(column)? {
                    kind if kind == is_integer => integer.call::<i64>(column)?.to_string(),
                    kind if kind == is_float => format!("{:.1}", float.call::<f64>(column)?),
                    kind if kind == is_null => "-".to_string(),
                    _ => text(characters.call(column)?),
                })
            }
        };
        (0..self.count()?).map(cell).collect()
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: the statement is SQLite's own, and nobody has it any more; what it returns was told by `step` before
        let _ = unsafe { self.database.finalize.call::<i32>((&self.handle,)) };
    }
}
