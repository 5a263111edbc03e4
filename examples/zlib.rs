//! Compresses with zlib, through a pasted header.
//!
//! `cargo run --example zlib`

use eightbyte::{CData, Ffi, Lib};
use std::error::Error;
use std::ffi::CStr;

/// From zlib.h, with its macros taken away.
const HEADER: &str = "
    typedef unsigned char Byte;
    typedef Byte Bytef;
    typedef unsigned int uInt;
    typedef unsigned long uLong, uLongf;
    typedef void *voidpf;

    enum { Z_OK = 0, Z_MEM_ERROR = -4, Z_BUF_ERROR = -5, Z_DATA_ERROR = -3 };
    enum { Z_DEFAULT_COMPRESSION = -1, Z_BEST_SPEED = 1, Z_BEST_COMPRESSION = 9 };

    const char *zlibVersion(void);
    const char *zError(int);
    uLong compressBound(uLong sourceLen);
    int compress2(Bytef *dest, uLongf *destLen, const Bytef *source, uLong sourceLen, int level);
    int uncompress(Bytef *dest, uLongf *destLen, const Bytef *source, uLong sourceLen);
    uLong crc32(uLong crc, const Bytef *buf, uInt len);
    uLong adler32(uLong adler, const Bytef *buf, uInt len);
";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let ffi = Ffi::new();
    ffi.cdef_named("zlib.h", HEADER)?;
    // SAFETY: zlib's own library, and the declarations are its own as well
    let z = match unsafe { ffi.load_any(&["z", "libz.so.1"]) } {
        Ok(z) => z,
        Err(error) => {
            println!("zlib is not here; on Debian: apt install zlib1g\n{error}");
            return Ok(());
        }
    };
    // SAFETY: it takes nothing and returns text that stays
    let version = unsafe { CStr::from_ptr(z.function("zlibVersion")?.call(())?) };
    println!("zlib {}", version.to_string_lossy());

    let poem = "Nobody heard him, the dead man, but still he lay moaning. ".repeat(50);
    for level in [1, 9] {
        let packed = compress(&ffi, &z, poem.as_bytes(), level)?;
        let unpacked = uncompress(&ffi, &z, &packed, poem.len())?;
        assert_eq!(unpacked, poem.as_bytes());
        println!("level {level}: {} bytes become {}, and come back whole", poem.len(), packed.len());
    }

    // A check that is called ten thousand times is worth a typed symbol: a plain function pointer, checked once
    type Crc = unsafe extern "C" fn(u64, *const u8, u32) -> u64;
    let crc32 = z.symbol::<Crc>("crc32")?;
    let check = b"123456789";
    // SAFETY: the bytes are as many as are told
    let crc = unsafe { crc32(0, check.as_ptr(), check.len() as u32) };
    println!("crc32 of 123456789 is {crc:08x}");
    assert_eq!(crc, 0xcbf4_3926);
    // SAFETY: as above, the bytes lent as a slice
    let adler: u64 = unsafe { z.function("adler32")?.call((1, &check[..], check.len()))? };
    println!("adler32 is {adler:08x}");

    // zlib's own errors, and ours before zlib is asked
    let damaged = [0x78, 0x9c, 0xff, 0xff];
    if let Err(error) = uncompress(&ffi, &z, &damaged, 100) {
        println!("damaged data: {error}");
    }
    if let Err(error) = z.symbol::<unsafe extern "C" fn(u64, *const u8, u64) -> u64>("crc32") {
        println!("{error}");
    }
    Ok(())
}

fn compress(ffi: &Ffi, z: &Lib, bytes: &[u8], level: i32) -> Result<Vec<u8>> {
    // SAFETY: it looks at a number
    let bound: u64 = unsafe { z.function("compressBound")?.call((bytes.len(),))? };
    let (mut to, mut length) = room(ffi, bound)?;
    // SAFETY: the room is as long as told, and the bytes are as many
    let code: i32 =
        unsafe { z.function("compress2")?.call((&mut to, &mut length, bytes, bytes.len(), level))? };
    check(z, code)?;
    written(&to, &length)
}

fn uncompress(ffi: &Ffi, z: &Lib, bytes: &[u8], most: usize) -> Result<Vec<u8>> {
    let (mut to, mut length) = room(ffi, most as u64)?;
    // SAFETY: the room is as long as told, and the bytes are as many
    let code: i32 = unsafe { z.function("uncompress")?.call((&mut to, &mut length, bytes, bytes.len()))? };
    check(z, code)?;
    written(&to, &length)
}

/// Room for an answer, and a length that zlib reads and corrects.
fn room(ffi: &Ffi, bytes: u64) -> Result<(CData, CData)> {
    Ok((ffi.alloc_array("Bytef", bytes)?, ffi.make("uLongf", bytes)?))
}

fn written(to: &CData, length: &CData) -> Result<Vec<u8>> {
    let length: usize = length.get("")?;
    Ok(to.bytes().get(..length).ok_or("zlib wrote more than there is")?.to_vec())
}

fn check(z: &Lib, code: i32) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    // SAFETY: it looks at a number and returns text that stays
    let message = unsafe { CStr::from_ptr(z.function("zError")?.call((code,))?) };
    Err(format!("{} (code {code})", message.to_string_lossy()).into())
}
