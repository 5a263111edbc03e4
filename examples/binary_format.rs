//! Two file formats, read and written through the structs of their own documents.

use eightbyte::{CData, Ffi};
use std::error::Error;

const ELF: &str = "
enum elf_type { ET_NONE, ET_REL, ET_EXEC, ET_DYN, ET_CORE };
enum program_type { PT_NULL, PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_SHLIB, PT_PHDR, PT_TLS };

typedef struct {
    unsigned char e_ident[16];
    uint16_t e_type, e_machine;
    uint32_t e_version;
    uint64_t e_entry, e_phoff, e_shoff;
    uint32_t e_flags;
    uint16_t e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
} Elf64_Ehdr;

typedef struct {
    uint32_t p_type, p_flags;
    uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
} Elf64_Phdr;
";

const BMP: &str = r#"
#pragma pack(push, 1)
typedef struct {
    char     magic[2];
    uint32_t file_size;
    uint16_t reserved[2];
    uint32_t pixels_at;
} bmp_file_t;
#pragma pack(pop)

typedef struct __attribute__((packed)) {
    uint32_t size;
    int32_t  width, height;
    uint16_t planes, bits_per_pixel;
    uint32_t compression, image_size;
    int32_t  x_per_meter, y_per_meter;
    uint32_t colors, important_colors;
} bmp_info_t;

typedef struct { uint8_t b, g, r; } bmp_pixel_t;
"#;

fn main() -> Result<(), Box<dyn Error>> {
    elf()?;
    bmp()?;
    Ok(())
}

/// A value of a type, with the bytes found at an offset of a file.
fn read(ffi: &Ffi, name: &str, file: &[u8], offset: u64) -> Result<CData, Box<dyn Error>> {
    let mut value = ffi.alloc(name)?;
    let start = usize::try_from(offset)?;
    let end = start.checked_add(value.bytes().len());
    let bytes = end.and_then(|end| file.get(start..end));
    value.bytes_mut().copy_from_slice(bytes.ok_or("the file ends too early")?);
    Ok(value)
}

fn elf() -> Result<(), Box<dyn Error>> {
    let Ok(file) = std::fs::read("/proc/self/exe") else {
        println!("no ELF file here: this system has no /proc/self/exe\n");
        return Ok(());
    };
    let ffi = Ffi::new();
    ffi.cdef_named("elf.h", ELF)?;
    let header = read(&ffi, "Elf64_Ehdr", &file, 0)?;
    let magic: Vec<u8> = header.get("e_ident")?;
    if !magic.starts_with(b"\x7fELF\x02\x01") {
        return Err("not a little-endian ELF file of 64 bits".into());
    }
    let constant = |name: &str| ffi.constant(name);
    let kind = match header.get::<i128>("e_type")? {
        kind if constant("ET_EXEC")? == eightbyte::Constant::Integer(kind) => "a program at a fixed address",
        kind if constant("ET_DYN")? == eightbyte::Constant::Integer(kind) => {
            "a program that may lie anywhere"
        }
        _ => "something else",
    };
    println!("this program, an ELF file of {} bytes: {kind}", file.len());
    println!("    machine {}, entry {:#x}", header.get::<u16>("e_machine")?, header.get::<u64>("e_entry")?);

    let (first, size): (u64, u64) = (header.get("e_phoff")?, header.get("e_phentsize")?);
    let name = ffi.alloc("enum program_type")?;
    for index in 0..header.get::<u64>("e_phnum")? {
        let program = read(&ffi, "Elf64_Phdr", &file, first + index * size)?;
        let mut kind = name.duplicate()?;
        kind.set("", program.get::<u32>("p_type")?)?;
        let flags = program.get::<u32>("p_flags")?;
        let may = |bit: u32, letter: char| if flags & bit != 0 { letter } else { '-' };
        println!(
            "    {:<12} {}{}{} {:>8} bytes in the file, {:>8} in memory",
            kind.get::<String>("")
                .unwrap_or_else(|_| format!("{:#x}", program.get("p_type").unwrap_or(0u32))),
            may(4, 'r'),
            may(2, 'w'),
            may(1, 'x'),
            program.get::<u64>("p_filesz")?,
            program.get::<u64>("p_memsz")?
        );
    }
    println!();
    Ok(())
}

fn bmp() -> Result<(), Box<dyn Error>> {
    let ffi = Ffi::new();
    ffi.cdef_named("bmp.h", BMP)?;
    let (width, height) = (5u32, 3u32);
    let (head, info_size) = (ffi.sizeof("bmp_file_t")?, ffi.sizeof("bmp_info_t")?);
    assert_eq!((head, info_size), (14, 40), "as the format has it");

    // Rows are filled up to a multiple of four bytes
    let row = (width * 3).next_multiple_of(4);
    let pixels_at = u32::try_from(head + info_size)?;
    let file_header = ffi.make(
        "bmp_file_t",
        eightbyte::init! { magic: "BM", file_size: pixels_at + row * height, pixels_at: pixels_at },
    )?;
    let info = ffi.make(
        "bmp_info_t",
        eightbyte::init! { size: info_size, width: width, height: height, planes: 1, bits_per_pixel: 24 },
    )?;
    let mut file = [file_header.bytes(), info.bytes()].concat();
    for y in 0..height {
        let mut pixels = ffi.alloc_array("bmp_pixel_t", width.into())?;
        for x in 0..width {
            pixels.at_mut(x.into())?.set("", (x * 60, y * 100, 255 - x * 50))?;
        }
        file.extend_from_slice(pixels.bytes());
        file.resize(pixels_at as usize + (row * (y + 1)) as usize, 0);
    }

    println!("a BMP file of {} bytes, written and read back:", file.len());
    let file_header = read(&ffi, "bmp_file_t", &file, 0)?;
    println!("    {file_header}");
    let info = read(&ffi, "bmp_info_t", &file, head)?;
    println!("    {info}");
    let pixels_at: u64 = file_header.get("pixels_at")?;
    for y in 0..info.get::<u64>("height")? {
        let at = pixels_at + y * u64::from(row);
        let pixels: Vec<String> = (0..info.get::<u64>("width")?)
            .map(|x| {
                let pixel = read(&ffi, "bmp_pixel_t", &file, at + 3 * x)?;
                let (b, g, r) = pixel.get::<(u8, u8, u8)>("")?;
                Ok(format!("#{r:02x}{g:02x}{b:02x}"))
            })
            .collect::<Result<_, Box<dyn Error>>>()?;
        println!("    {}", pixels.join(" "));
    }
    Ok(())
}
