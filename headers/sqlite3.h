/* sqlite3: the SQL database in a file, <sqlite3.h>.
   Link name: sqlite3 (libsqlite3.so.0); Debian's package: libsqlite3-0. */

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_value sqlite3_value;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_blob sqlite3_blob;
typedef struct sqlite3_backup sqlite3_backup;
typedef long long sqlite_int64, sqlite3_int64;
typedef unsigned long long sqlite_uint64, sqlite3_uint64;
typedef int (*sqlite3_callback)(void *context, int columns, char **values, char **names);
typedef void (*sqlite3_destructor_type)(void *value);

/* What functions return */
enum {
    SQLITE_OK, SQLITE_ERROR, SQLITE_INTERNAL, SQLITE_PERM, SQLITE_ABORT, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_NOMEM,
    SQLITE_READONLY, SQLITE_INTERRUPT, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTFOUND, SQLITE_FULL, SQLITE_CANTOPEN,
    SQLITE_PROTOCOL, SQLITE_EMPTY, SQLITE_SCHEMA, SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_MISUSE,
    SQLITE_NOLFS, SQLITE_AUTH, SQLITE_FORMAT, SQLITE_RANGE, SQLITE_NOTADB, SQLITE_NOTICE, SQLITE_WARNING,
    SQLITE_ROW = 100, SQLITE_DONE = 101
};
/* The type of a value */
enum { SQLITE_INTEGER = 1, SQLITE_FLOAT = 2, SQLITE_TEXT = 3, SQLITE3_TEXT = 3, SQLITE_BLOB = 4, SQLITE_NULL = 5 };
/* How to open a file */
enum {
    SQLITE_OPEN_READONLY = 0x1, SQLITE_OPEN_READWRITE = 0x2, SQLITE_OPEN_CREATE = 0x4, SQLITE_OPEN_URI = 0x40,
    SQLITE_OPEN_MEMORY = 0x80, SQLITE_OPEN_NOMUTEX = 0x8000, SQLITE_OPEN_FULLMUTEX = 0x10000,
    SQLITE_OPEN_SHAREDCACHE = 0x20000, SQLITE_OPEN_PRIVATECACHE = 0x40000
};
enum { SQLITE_UTF8 = 1, SQLITE_UTF16LE = 2, SQLITE_UTF16BE = 3, SQLITE_UTF16 = 4, SQLITE_ANY = 5, SQLITE_DETERMINISTIC = 0x800 };
enum { SQLITE_PREPARE_PERSISTENT = 1, SQLITE_PREPARE_NORMALIZE = 2, SQLITE_PREPARE_NO_VTAB = 4 };
enum { SQLITE_DELETE = 9, SQLITE_INSERT = 18, SQLITE_UPDATE = 23 };
enum {
    SQLITE_LIMIT_LENGTH, SQLITE_LIMIT_SQL_LENGTH, SQLITE_LIMIT_COLUMN, SQLITE_LIMIT_EXPR_DEPTH,
    SQLITE_LIMIT_COMPOUND_SELECT, SQLITE_LIMIT_VDBE_OP, SQLITE_LIMIT_FUNCTION_ARG, SQLITE_LIMIT_ATTACHED,
    SQLITE_LIMIT_LIKE_PATTERN_LENGTH, SQLITE_LIMIT_VARIABLE_NUMBER, SQLITE_LIMIT_TRIGGER_DEPTH,
    SQLITE_LIMIT_WORKER_THREADS
};
enum { SQLITE_CONFIG_SINGLETHREAD = 1, SQLITE_CONFIG_MULTITHREAD = 2, SQLITE_CONFIG_SERIALIZED = 3 };

/* The library itself */
const char *sqlite3_libversion(void);
const char *sqlite3_sourceid(void);
int sqlite3_libversion_number(void);
int sqlite3_threadsafe(void);
int sqlite3_compileoption_used(const char *name);
const char *sqlite3_compileoption_get(int index);
int sqlite3_initialize(void);
int sqlite3_shutdown(void);
int sqlite3_config(int option, ...);
int sqlite3_complete(const char *sql);
int sqlite3_sleep(int milliseconds);

/* Connections */
int sqlite3_open(const char *path, sqlite3 **database);
int sqlite3_open_v2(const char *path, sqlite3 **database, int flags, const char *vfs);
int sqlite3_close(sqlite3 *database);
int sqlite3_close_v2(sqlite3 *database);
int sqlite3_exec(sqlite3 *database, const char *sql, int (*row)(void *, int, char **, char **), void *context, char **error);
int sqlite3_errcode(sqlite3 *database);
int sqlite3_extended_errcode(sqlite3 *database);
int sqlite3_extended_result_codes(sqlite3 *database, int on);
const char *sqlite3_errmsg(sqlite3 *database);
const char *sqlite3_errstr(int code);
int sqlite3_system_errno(sqlite3 *database);
sqlite3_int64 sqlite3_last_insert_rowid(sqlite3 *database);
void sqlite3_set_last_insert_rowid(sqlite3 *database, sqlite3_int64 row);
int sqlite3_changes(sqlite3 *database);
int sqlite3_total_changes(sqlite3 *database);
void sqlite3_interrupt(sqlite3 *database);
int sqlite3_get_autocommit(sqlite3 *database);
int sqlite3_busy_timeout(sqlite3 *database, int milliseconds);
int sqlite3_busy_handler(sqlite3 *database, int (*handler)(void *, int), void *context);
int sqlite3_limit(sqlite3 *database, int which, int limit);
const char *sqlite3_db_filename(sqlite3 *database, const char *name);
int sqlite3_db_readonly(sqlite3 *database, const char *name);
int sqlite3_db_config(sqlite3 *database, int option, ...);
int sqlite3_wal_checkpoint(sqlite3 *database, const char *name);
int sqlite3_get_table(sqlite3 *database, const char *sql, char ***cells, int *rows, int *columns, char **error);
void sqlite3_free_table(char **cells);

/* Statements */
int sqlite3_prepare_v2(sqlite3 *database, const char *sql, int size, sqlite3_stmt **statement, const char **rest);
int sqlite3_prepare_v3(sqlite3 *database, const char *sql, int size, unsigned int flags, sqlite3_stmt **statement, const char **rest);
int sqlite3_step(sqlite3_stmt *statement);
int sqlite3_reset(sqlite3_stmt *statement);
int sqlite3_finalize(sqlite3_stmt *statement);
sqlite3_stmt *sqlite3_next_stmt(sqlite3 *database, sqlite3_stmt *after);
sqlite3 *sqlite3_db_handle(sqlite3_stmt *statement);
const char *sqlite3_sql(sqlite3_stmt *statement);
char *sqlite3_expanded_sql(sqlite3_stmt *statement);
int sqlite3_stmt_readonly(sqlite3_stmt *statement);
int sqlite3_stmt_busy(sqlite3_stmt *statement);

/* Parameters, counted from 1 */
int sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *value, int size, void (*destroy)(void *));
int sqlite3_bind_blob64(sqlite3_stmt *statement, int index, const void *value, sqlite3_uint64 size, void (*destroy)(void *));
int sqlite3_bind_double(sqlite3_stmt *statement, int index, double value);
int sqlite3_bind_int(sqlite3_stmt *statement, int index, int value);
int sqlite3_bind_int64(sqlite3_stmt *statement, int index, sqlite3_int64 value);
int sqlite3_bind_null(sqlite3_stmt *statement, int index);
int sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *value, int size, void (*destroy)(void *));
int sqlite3_bind_value(sqlite3_stmt *statement, int index, const sqlite3_value *value);
int sqlite3_bind_zeroblob(sqlite3_stmt *statement, int index, int size);
int sqlite3_bind_parameter_count(sqlite3_stmt *statement);
const char *sqlite3_bind_parameter_name(sqlite3_stmt *statement, int index);
int sqlite3_bind_parameter_index(sqlite3_stmt *statement, const char *name);
int sqlite3_clear_bindings(sqlite3_stmt *statement);

/* Columns of a row, counted from 0 */
int sqlite3_column_count(sqlite3_stmt *statement);
int sqlite3_data_count(sqlite3_stmt *statement);
const char *sqlite3_column_name(sqlite3_stmt *statement, int column);
const char *sqlite3_column_decltype(sqlite3_stmt *statement, int column);
int sqlite3_column_type(sqlite3_stmt *statement, int column);
int sqlite3_column_bytes(sqlite3_stmt *statement, int column);
const void *sqlite3_column_blob(sqlite3_stmt *statement, int column);
double sqlite3_column_double(sqlite3_stmt *statement, int column);
int sqlite3_column_int(sqlite3_stmt *statement, int column);
sqlite3_int64 sqlite3_column_int64(sqlite3_stmt *statement, int column);
const unsigned char *sqlite3_column_text(sqlite3_stmt *statement, int column);
sqlite3_value *sqlite3_column_value(sqlite3_stmt *statement, int column);

/* Functions of one's own */
int sqlite3_create_function_v2(sqlite3 *database, const char *name, int arguments, int encoding, void *context,
    void (*function)(sqlite3_context *, int, sqlite3_value **), void (*step)(sqlite3_context *, int, sqlite3_value **),
    void (*final)(sqlite3_context *), void (*destroy)(void *));
int sqlite3_create_collation_v2(sqlite3 *database, const char *name, int encoding, void *context,
    int (*compare)(void *, int, const void *, int, const void *), void (*destroy)(void *));
void *sqlite3_user_data(sqlite3_context *context);
void *sqlite3_aggregate_context(sqlite3_context *context, int size);
sqlite3 *sqlite3_context_db_handle(sqlite3_context *context);
int sqlite3_value_type(sqlite3_value *value);
int sqlite3_value_bytes(sqlite3_value *value);
const void *sqlite3_value_blob(sqlite3_value *value);
double sqlite3_value_double(sqlite3_value *value);
int sqlite3_value_int(sqlite3_value *value);
sqlite3_int64 sqlite3_value_int64(sqlite3_value *value);
const unsigned char *sqlite3_value_text(sqlite3_value *value);
sqlite3_value *sqlite3_value_dup(const sqlite3_value *value);
void sqlite3_value_free(sqlite3_value *value);
void sqlite3_result_blob(sqlite3_context *context, const void *value, int size, void (*destroy)(void *));
void sqlite3_result_double(sqlite3_context *context, double value);
void sqlite3_result_error(sqlite3_context *context, const char *message, int size);
void sqlite3_result_error_code(sqlite3_context *context, int code);
void sqlite3_result_int(sqlite3_context *context, int value);
void sqlite3_result_int64(sqlite3_context *context, sqlite3_int64 value);
void sqlite3_result_null(sqlite3_context *context);
void sqlite3_result_text(sqlite3_context *context, const char *value, int size, void (*destroy)(void *));
void sqlite3_result_value(sqlite3_context *context, sqlite3_value *value);

/* Hooks */
void *sqlite3_commit_hook(sqlite3 *database, int (*hook)(void *), void *context);
void *sqlite3_rollback_hook(sqlite3 *database, void (*hook)(void *), void *context);
void *sqlite3_update_hook(sqlite3 *database, void (*hook)(void *, int, const char *, const char *, sqlite3_int64), void *context);
void sqlite3_progress_handler(sqlite3 *database, int steps, int (*handler)(void *), void *context);
int sqlite3_trace_v2(sqlite3 *database, unsigned mask, int (*trace)(unsigned, void *, void *, void *), void *context);
int sqlite3_set_authorizer(sqlite3 *database, int (*authorise)(void *, int, const char *, const char *, const char *, const char *), void *context);

/* Memory and texts */
void *sqlite3_malloc(int size);
void *sqlite3_malloc64(sqlite3_uint64 size);
void *sqlite3_realloc(void *block, int size);
void sqlite3_free(void *block);
sqlite3_uint64 sqlite3_msize(void *block);
sqlite3_int64 sqlite3_memory_used(void);
sqlite3_int64 sqlite3_memory_highwater(int reset);
char *sqlite3_mprintf(const char *format, ...);
char *sqlite3_snprintf(int size, char *to, const char *format, ...);
void sqlite3_randomness(int size, void *to);
int sqlite3_stricmp(const char *one, const char *other);
int sqlite3_strnicmp(const char *one, const char *other, int most);
int sqlite3_strglob(const char *pattern, const char *text);
int sqlite3_strlike(const char *pattern, const char *text, unsigned int escape);

/* Parts of a large value; copies of a whole database */
int sqlite3_blob_open(sqlite3 *database, const char *name, const char *table, const char *column, sqlite3_int64 row, int writable, sqlite3_blob **blob);
int sqlite3_blob_close(sqlite3_blob *blob);
int sqlite3_blob_bytes(sqlite3_blob *blob);
int sqlite3_blob_read(sqlite3_blob *blob, void *to, int size, int offset);
int sqlite3_blob_write(sqlite3_blob *blob, const void *from, int size, int offset);
sqlite3_backup *sqlite3_backup_init(sqlite3 *to, const char *to_name, sqlite3 *from, const char *from_name);
int sqlite3_backup_step(sqlite3_backup *backup, int pages);
int sqlite3_backup_finish(sqlite3_backup *backup);
int sqlite3_backup_remaining(sqlite3_backup *backup);
int sqlite3_backup_pagecount(sqlite3_backup *backup);
unsigned char *sqlite3_serialize(sqlite3 *database, const char *schema, sqlite3_int64 *size, unsigned int flags);
int sqlite3_deserialize(sqlite3 *database, const char *schema, unsigned char *data, sqlite3_int64 size, sqlite3_int64 room, unsigned flags);
