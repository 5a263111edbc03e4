//! Layouts as text, kept in the repository: a change of the header, of a compiler switch or of the target shows up
//! as a difference that somebody has to approve.
//!
//! A host keeps such a text with [insta](https://insta.rs), which also writes and updates it:
//!
//! ```text
//! #[test]
//! fn layouts_stay_as_they_are() {
//!     let ffi = eightbyte::Ffi::new();
//!     ffi.cdef(include_str!("../include/message.h")).unwrap();
//!     insta::assert_snapshot!(ffi.layouts().unwrap());
//! }
//! ```
//!
//! `cargo run --example layout_snapshot`

use eightbyte::{Ffi, Result, Target};

const HEADER: &str = "
    enum kind { KIND_TEXT = 1, KIND_IMAGE, KIND_LAST = KIND_IMAGE };

    struct message {
        unsigned char version;
        unsigned urgent : 1, kind : 3;
        unsigned long long sent_at;
        char sender[20];
        union { char text[32]; struct { unsigned short width, height; const void *pixels; }; };
    };
";

const APPROVED: &str = "\
target x86_64-linux-gnu

enum kind (unsigned int): 4 bytes, align 4
  KIND_TEXT = 1
  KIND_IMAGE = 2
  KIND_LAST = 2

struct message: 72 bytes, align 8
    offset   size  member
         0      1  unsigned char version
       1:0     :1  unsigned int urgent : 1
       1:1     :3  unsigned int kind : 3
       1:4     :4  -- hole of 4 bits --
         2      6  -- hole of 6 bytes --
         8      8  unsigned long long sent_at
        16     20  char sender[20]
        36      4  -- hole of 4 bytes --
        40     32  union {
        40     32      char text[32]
        40     16      struct {
        40      2          unsigned short width
        42      2          unsigned short height
        44      4          -- hole of 4 bytes --
        48      8          const void *pixels
                       }
                   }
  9 members, 3 holes of 14 bytes 4 bits, 2 cache lines
";

fn main() -> Result<()> {
    // A layout that is kept names its target: it is the same on every machine that runs the test.
    let ffi = Ffi::for_target(Target::named("x86_64-linux-gnu")?);
    ffi.cdef(HEADER)?;
    let layouts = ffi.layouts()?;
    print!("{layouts}");
    assert_eq!(layouts, APPROVED, "the layouts have changed");
    Ok(())
}
