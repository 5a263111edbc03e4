//! A `va_list` made by hand, for `vprintf` and its kin.

use super::argument::Argument;
use super::arguments::Arguments;
use super::ready::{About, Passing, Ready};
use super::scratch::{Scratch, Texts};
use super::tail::{Promoted, tail_types};
use crate::error::{Error, ErrorKind, Result};
use crate::target::VaList;
use crate::types::{Scope, Type};
use std::fmt;
use std::mem::MaybeUninit;
use std::sync::Arc;

/// Arguments for a function that takes a `va_list`. They are promoted as behind `...`; each call reads them from the
/// first one on.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("int vsnprintf(char *to, size_t size, const char *format, va_list arguments);")?;
/// let vsnprintf = ffi.process().function("vsnprintf")?;
/// let mut list = ffi.va_list((42, 0.5, "text"))?;
/// let mut text = ffi.alloc_array("char", 40)?;
/// let n: i32 = unsafe { vsnprintf.call((&mut text, 40, "%d, %g and %s", &mut list))? };
/// assert_eq!((n, text.get::<String>("")?.as_str()), (16, "42, 0.5 and text"));
/// # Ok::<(), eightbyte::Error>(())
/// ```
pub struct VaArguments<'a> {
    /// What C gets the address of, made anew for each call.
    tag: Box<Tag>,
    area: Box<[Chunk]>,
    count: usize,
    _arguments: Box<dyn Anything + 'a>,
    _texts: Option<Texts>,
}

/// The record behind a `va_list` of x86-64 (psABI 3.5.7).
#[repr(C)]
struct Tag {
    general_offset: u32,
    vector_offset: u32,
    overflow_area: *mut Chunk,
    register_area: *mut u8,
}

/// Registers saved for variadic functions: with offsets at their end, none is read.
const GENERAL_END: u32 = 6 * 8;
const VECTOR_END: u32 = GENERAL_END + 8 * 16;

/// As aligned as any argument may ask for.
#[repr(align(4096))]
struct Chunk([MaybeUninit<u64>; 512]);

trait Anything {}
impl<T> Anything for T {}

impl<'a> VaArguments<'a> {
    pub(crate) fn new(scope: &Arc<Scope>, arguments: impl Arguments + 'a) -> Result<VaArguments<'a>> {
        if scope.target().va_list() != VaList::Sysv64 {
            let message = format!("a va_list of {} cannot be made yet", scope.target());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        // It is moved first, and its addresses are taken then
        let mut arguments = Box::new(arguments);
        let types = tail_types(0, "the va_list", &*arguments)?;
        let ready = Ready::behind_registers(scope, &types)?;
        let mut words = ready.prepared.own_words(std::ptr::null());
        let mut texts = Scratch::on_heap();
        // SAFETY: this `Prepared` made them
        let mut image = unsafe { ready.prepared.image_over(&mut words) };
        let about = About { name: "the va_list".into(), scope: scope.clone() };
        arguments.pass(&mut Passing {
            image: &mut image,
            ready: &ready,
            about: &about,
            scratch: &mut texts,
        })?;
        let chunk = |words: &[MaybeUninit<u64>]| {
            let mut chunk = Chunk([MaybeUninit::uninit(); 512]);
            chunk.0.iter_mut().zip(words).for_each(|(to, from)| *to = *from);
            chunk
        };
        let area = words.stack().chunks(512).map(chunk).collect();
        let tag = Box::new(Tag {
            general_offset: GENERAL_END,
            vector_offset: VECTOR_END,
            overflow_area: std::ptr::null_mut(),
            register_area: std::ptr::null_mut(),
        });
        Ok(VaArguments { tag, area, count: types.len(), _arguments: arguments, _texts: texts.into_texts() })
    }

    /// How many arguments it holds.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Does it hold none?
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The address of a fresh list.
    fn rewound(&mut self) -> *const u8 {
        *self.tag = Tag {
            general_offset: GENERAL_END,
            vector_offset: VECTOR_END,
            overflow_area: self.area.as_mut_ptr(),
            register_area: std::ptr::null_mut(),
        };
        (&raw mut *self.tag).cast()
    }
}

fn is_list(ty: Option<&Type>) -> bool {
    ty.and_then(Type::as_record).and_then(|record| record.tag()).is_some_and(|tag| &*tag == "__va_list_tag")
}

impl Argument for &mut VaArguments<'_> {
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        if !is_list(passing.parameter(index)?.pointee.as_ref()) {
            return passing.refuse(index, "a va_list");
        }
        if passing.scratch.is_kept() {
            return passing
                .refuse(index, "a va_list, which one call uses up: it cannot be bound; use Function::call");
        }
        let start = self.rewound();
        passing.address(index, start)
    }

    fn promoted(&self) -> Promoted<'_> {
        Promoted::Unknown
    }
}

impl fmt::Debug for VaArguments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaArguments({} arguments)", self.count)
    }
}
