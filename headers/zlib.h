/* zlib: compression, <zlib.h> of version 1.2.9 and later, on x86-64 Linux.
   Link name: z (libz.so.1); Debian's package: zlib1g. */

typedef unsigned char Byte, Bytef;
typedef unsigned int uInt, uIntf;
typedef unsigned long uLong, uLongf;
typedef char charf;
typedef int intf;
typedef void *voidpf, *voidp;
typedef const void *voidpc;
typedef size_t z_size_t;
typedef unsigned int z_crc_t;

/* What functions return */
enum {
    Z_OK = 0, Z_STREAM_END = 1, Z_NEED_DICT = 2, Z_ERRNO = -1, Z_STREAM_ERROR = -2, Z_DATA_ERROR = -3, Z_MEM_ERROR = -4,
    Z_BUF_ERROR = -5, Z_VERSION_ERROR = -6
};
/* How much of the output to hand out */
enum { Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH, Z_BLOCK, Z_TREES };
enum { Z_NO_COMPRESSION = 0, Z_BEST_SPEED = 1, Z_BEST_COMPRESSION = 9, Z_DEFAULT_COMPRESSION = -1 };
enum { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED };
enum { Z_BINARY, Z_TEXT, Z_UNKNOWN };
enum { Z_DEFLATED = 8, Z_NULL = 0, MAX_WBITS = 15, MAX_MEM_LEVEL = 9 };

typedef voidpf (*alloc_func)(voidpf opaque, uInt items, uInt size);
typedef void (*free_func)(voidpf opaque, voidpf address);
struct internal_state;

/* Input and output of a compression in progress */
typedef struct z_stream_s {
    Bytef *next_in;
    uInt avail_in;
    uLong total_in;
    Bytef *next_out;
    uInt avail_out;
    uLong total_out;
    char *msg;
    struct internal_state *state;
    alloc_func zalloc;
    free_func zfree;
    voidpf opaque;
    int data_type;
    uLong adler, reserved;
} z_stream, *z_streamp;

/* The head of a gzip file */
typedef struct gz_header_s {
    int text;
    uLong time;
    int xflags, os;
    Bytef *extra;
    uInt extra_len, extra_max;
    Bytef *name;
    uInt name_max;
    Bytef *comment;
    uInt comm_max;
    int hcrc, done;
} gz_header, *gz_headerp;

const char *zlibVersion(void);
uLong zlibCompileFlags(void);
const char *zError(int code);

/* All at once */
int compress(Bytef *to, uLongf *to_size, const Bytef *from, uLong from_size);
int compress2(Bytef *to, uLongf *to_size, const Bytef *from, uLong from_size, int level);
uLong compressBound(uLong from_size);
int uncompress(Bytef *to, uLongf *to_size, const Bytef *from, uLong from_size);
int uncompress2(Bytef *to, uLongf *to_size, const Bytef *from, uLong *from_size);

/* Piece by piece; deflateInit and inflateInit are macros for these with zlibVersion() and sizeof(z_stream) behind */
int deflateInit_(z_streamp stream, int level, const char *version, int stream_size);
int deflateInit2_(z_streamp stream, int level, int method, int window_bits, int memory_level, int strategy, const char *version, int stream_size);
int deflate(z_streamp stream, int flush);
int deflateEnd(z_streamp stream);
int deflateReset(z_streamp stream);
int deflateResetKeep(z_streamp stream);
int deflateCopy(z_streamp to, z_streamp from);
int deflateParams(z_streamp stream, int level, int strategy);
int deflateTune(z_streamp stream, int good_length, int max_lazy, int nice_length, int max_chain);
int deflateSetDictionary(z_streamp stream, const Bytef *dictionary, uInt size);
int deflateGetDictionary(z_streamp stream, Bytef *dictionary, uInt *size);
uLong deflateBound(z_streamp stream, uLong from_size);
int deflatePending(z_streamp stream, unsigned *pending, int *bits);
int deflatePrime(z_streamp stream, int bits, int value);
int deflateSetHeader(z_streamp stream, gz_headerp head);
int inflateInit_(z_streamp stream, const char *version, int stream_size);
int inflateInit2_(z_streamp stream, int window_bits, const char *version, int stream_size);
int inflate(z_streamp stream, int flush);
int inflateEnd(z_streamp stream);
int inflateReset(z_streamp stream);
int inflateReset2(z_streamp stream, int window_bits);
int inflateCopy(z_streamp to, z_streamp from);
int inflateSync(z_streamp stream);
int inflateSetDictionary(z_streamp stream, const Bytef *dictionary, uInt size);
int inflateGetDictionary(z_streamp stream, Bytef *dictionary, uInt *size);
int inflatePrime(z_streamp stream, int bits, int value);
long inflateMark(z_streamp stream);
int inflateGetHeader(z_streamp stream, gz_headerp head);

/* gzip files */
typedef struct gzFile_s *gzFile;
gzFile gzopen(const char *path, const char *mode);
gzFile gzdopen(int file, const char *mode);
int gzbuffer(gzFile file, unsigned size);
int gzsetparams(gzFile file, int level, int strategy);
int gzread(gzFile file, voidp to, unsigned size);
z_size_t gzfread(voidp to, z_size_t size, z_size_t count, gzFile file);
int gzwrite(gzFile file, voidpc from, unsigned size);
z_size_t gzfwrite(voidpc from, z_size_t size, z_size_t count, gzFile file);
int gzprintf(gzFile file, const char *format, ...) __attribute__((format(printf, 2, 3)));
int gzputs(gzFile file, const char *text);
char *gzgets(gzFile file, char *line, int size);
int gzputc(gzFile file, int byte);
int (gzgetc)(gzFile file);
int gzungetc(int byte, gzFile file);
int gzflush(gzFile file, int flush);
long gzseek(gzFile file, long offset, int from);
int gzrewind(gzFile file);
long gztell(gzFile file);
long gzoffset(gzFile file);
int gzeof(gzFile file);
int gzdirect(gzFile file);
int gzclose(gzFile file);
int gzclose_r(gzFile file);
int gzclose_w(gzFile file);
const char *gzerror(gzFile file, int *number);
void gzclearerr(gzFile file);

/* Checksums */
uLong adler32(uLong sum, const Bytef *from, uInt size);
uLong adler32_z(uLong sum, const Bytef *from, z_size_t size);
uLong adler32_combine(uLong first, uLong second, long second_size);
uLong crc32(uLong sum, const Bytef *from, uInt size);
uLong crc32_z(uLong sum, const Bytef *from, z_size_t size);
uLong crc32_combine(uLong first, uLong second, long second_size);
const z_crc_t *get_crc_table(void);
