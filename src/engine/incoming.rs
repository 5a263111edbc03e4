//! A call that C makes: arguments out of the saved registers and the stack, the result into them.

use crate::abi::{Argument, CallPlan, Extension, Pass, Piece, Pointer, Register, Return, image};
use crate::error::{Error, ErrorKind, Result};
use std::ffi::c_void;
use std::ptr::{self, NonNull};

/// What `generic_entry` saves and loads; offsets in bytes. The registers lie as in the register image.
pub(super) mod frame {
    use crate::abi::image;

    /// `xmm0` to `xmm7`, 16 bytes each.
    pub(in crate::engine) const VECTORS: u64 = image::VECTORS;
    /// The address of the stack arguments.
    pub(in crate::engine) const STACK: u64 = 192;
    /// `rax`, `rdx`.
    pub(in crate::engine) const GENERAL_RESULT: u64 = 208;
    /// `xmm0`, `xmm1`.
    pub(in crate::engine) const VECTOR_RESULT: u64 = 224;
    /// `st0`, `st1`.
    pub(in crate::engine) const X87_RESULT: u64 = 256;
    /// All of it.
    pub(in crate::engine) const SIZE: u64 = 288;
}

/// What a context's first word points to: runs the callback, and tells how many results are on the x87 stack.
pub(crate) type Receive = unsafe extern "C" fn(context: NonNull<c_void>, frame: NonNull<c_void>) -> u32;

/// Where a signature's values are found when it is called.
pub(crate) struct Received {
    arguments: Box<[Found]>,
    result: Outgoing,
    result_size: usize,
    extension: Extension,
}

/// Where an argument is found.
#[derive(Clone, Copy)]
enum Found {
    Nothing,
    /// In one register, from `start` of the value on.
    One {
        at: usize,
        start: usize,
        size: usize,
    },
    Two {
        at: [usize; 2],
        size: usize,
    },
    Stack {
        offset: usize,
        size: usize,
    },
    /// Its address is in a register.
    BehindRegister {
        at: usize,
        size: usize,
    },
    /// Its address is on the stack.
    BehindStack {
        offset: usize,
        size: usize,
    },
}

/// Where the result goes.
#[derive(Clone, Copy)]
enum Outgoing {
    Nothing,
    One {
        at: usize,
        start: usize,
    },
    Two {
        at: [usize; 2],
    },
    X87(u32),
    /// To memory of the caller, whose address came in this register.
    Memory {
        pointer: usize,
    },
}

impl Received {
    /// Where the values of this plan are.
    pub(crate) fn new(plan: &CallPlan) -> Result<Received> {
        let result = match plan.returns() {
            Return::Nothing => Outgoing::Nothing,
            Return::Register(piece) => {
                Outgoing::One { at: result_at(piece, 0)?, start: bytes(piece.offset())? }
            }
            Return::Registers(first, second) => {
                let same = is_vector(first) == is_vector(second);
                Outgoing::Two { at: [result_at(first, 0)?, result_at(second, usize::from(same))?] }
            }
            Return::X87 => Outgoing::X87(1),
            Return::ComplexX87 => Outgoing::X87(2),
            Return::Memory(piece) => Outgoing::Memory { pointer: at(piece)? },
        };
        Ok(Received {
            arguments: plan.arguments().iter().map(found).collect::<Result<_>>()?,
            result,
            result_size: bytes(plan.result_size())?,
            extension: plan.result_extension(),
        })
    }

    /// Where an argument is, if it came whole in one register or slot.
    pub(crate) fn word_place(&self, index: usize) -> Option<WordPlace> {
        let (offset, is_on_stack) = match *self.arguments.get(index)? {
            Found::One { at, start: 0, size } if size <= 8 => (at, false),
            Found::Stack { offset, size } if size <= 8 => (offset, true),
            _ => return None,
        };
        Some(WordPlace { offset: u32::try_from(offset).ok()?, is_on_stack })
    }

    /// The same of an argument that came in a register.
    pub(crate) fn register_place(&self, index: usize) -> Option<RegisterPlace> {
        self.word_place(index).filter(|place| !place.is_on_stack).map(|place| RegisterPlace(place.offset))
    }

    /// Where the result goes, if it is at most one word and goes to `rax` or `xmm0`.
    pub(crate) fn result_place(&self) -> Option<RegisterPlace> {
        match self.result {
            Outgoing::One { at, start: 0 } if self.result_size <= 8 => {
                u32::try_from(at).ok().map(RegisterPlace)
            }
            _ => None,
        }
    }

    /// Does all that travels do so in general registers and on the stack?
    pub(super) fn is_general(&self) -> bool {
        let is_general = |at: usize| {
            let at = at as u64;
            !(frame::VECTORS..frame::STACK).contains(&at) && at < frame::VECTOR_RESULT
        };
        let arguments = self.arguments.iter().all(|found| match *found {
            Found::Nothing | Found::Stack { .. } | Found::BehindStack { .. } => true,
            Found::One { at, .. } | Found::BehindRegister { at, .. } => is_general(at),
            Found::Two { at: [first, second], .. } => is_general(first) && is_general(second),
        });
        arguments
            && match self.result {
                Outgoing::Nothing | Outgoing::Memory { .. } => true,
                Outgoing::One { at, .. } => is_general(at),
                Outgoing::Two { at: [first, second] } => is_general(first) && is_general(second),
                Outgoing::X87(_) => false,
            }
    }
}

/// A whole register in the frame.
#[derive(Clone, Copy)]
pub(crate) struct RegisterPlace(u32);

impl RegisterPlace {
    /// The first argument register, whether or not anything is in it.
    pub(crate) const FIRST: RegisterPlace = RegisterPlace(0);

    /// What the register held, rubbish above the value.
    ///
    /// # Safety
    ///
    /// The frame is `generic_entry`'s, of a call that has not been answered; the place comes from its `Received`.
    #[inline(always)]
    pub(crate) unsafe fn read(self, frame: NonNull<c_void>) -> u64 {
        // SAFETY: a whole word of the frame
        unsafe { frame.byte_add(self.0 as usize).cast::<u64>().read() }
    }

    /// Answers with a scalar as its 8 widened bytes, where this is the place of the result; nothing is on the x87 stack
    /// then.
    ///
    /// # Safety
    ///
    /// As for `read`.
    #[inline(always)]
    pub(crate) unsafe fn write(self, frame: NonNull<c_void>, word: u64) {
        // SAFETY: a whole word of the frame
        unsafe { frame.byte_add(self.0 as usize).cast::<u64>().write(word) }
    }
}

/// Where an argument of one word is found.
#[derive(Clone, Copy)]
pub(crate) struct WordPlace {
    offset: u32,
    is_on_stack: bool,
}

/// The arguments of a call that has come in.
#[derive(Clone, Copy)]
pub(crate) struct Arriving<'c> {
    frame: NonNull<u8>,
    received: &'c Received,
}

/// A call that has come in, to be answered.
pub(crate) struct Incoming<'c>(Arriving<'c>);

impl Arriving<'_> {
    /// The same call, by a plan that knows more of its arguments.
    ///
    /// # Safety
    ///
    /// The caller made a call of that signature, and has not been answered.
    pub(crate) unsafe fn by<'o>(&self, received: &'o Received) -> Arriving<'o> {
        Arriving { frame: self.frame, received }
    }

    /// An argument that came in one register or slot, rubbish above it.
    ///
    /// # Safety
    ///
    /// The place comes from the `Received` of this call.
    #[inline(always)]
    pub(crate) unsafe fn word(&self, place: WordPlace) -> u64 {
        let start = if place.is_on_stack { self.stack() } else { self.frame.as_ptr() };
        // SAFETY: a whole register in the frame, or a slot of the call's own arguments, which has whole words
        unsafe { start.byte_add(place.offset as usize).cast::<u64>().read() }
    }

    /// Copies the bytes of an argument; `bytes` is as long as its type.
    pub(crate) fn read(&self, index: usize, bytes: &mut [u8]) -> Result<()> {
        let found = self.received.arguments.get(index).copied().unwrap_or(Found::Nothing);
        let size = match found {
            Found::Nothing => return Ok(()),
            Found::One { size, .. }
            | Found::Two { size, .. }
            | Found::Stack { size, .. }
            | Found::BehindRegister { size, .. }
            | Found::BehindStack { size, .. } => size,
        };
        if size > bytes.len() {
            let message = format!("expected {size} bytes for argument {}, found {}", index + 1, bytes.len());
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        let to = bytes.as_mut_ptr();
        // SAFETY: `size` bytes are written, which `bytes` has; the registers lie in the frame, 16 bytes for each vector
        // register, and the rest is where the caller put it, by the signature of its call
        unsafe {
            match found {
                Found::Nothing => {}
                Found::One { at, start, .. } => {
                    ptr::copy_nonoverlapping(self.frame.as_ptr().add(at), to.add(start), size - start);
                }
                Found::Two { at: [first, second], .. } => {
                    ptr::copy_nonoverlapping(self.frame.as_ptr().add(first), to, 8);
                    ptr::copy_nonoverlapping(self.frame.as_ptr().add(second), to.add(8), size - 8);
                }
                Found::Stack { offset, .. } => {
                    ptr::copy_nonoverlapping(self.stack().byte_add(offset), to, size);
                }
                Found::BehindRegister { at, .. } => {
                    let address = ptr::with_exposed_provenance::<u8>(self.read_frame(at) as usize);
                    ptr::copy_nonoverlapping(address, to, size);
                }
                Found::BehindStack { offset, .. } => {
                    let address = self.stack().byte_add(offset).cast::<u64>().read();
                    let address = ptr::with_exposed_provenance::<u8>(address as usize);
                    ptr::copy_nonoverlapping(address, to, size);
                }
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn read_frame(&self, at: usize) -> u64 {
        debug_assert!(at + 8 <= frame::SIZE as usize);
        // SAFETY: `at` and `result_at` give places of whole words in the frame
        unsafe { self.frame.as_ptr().add(at).cast::<u64>().read() }
    }

    fn stack(&self) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.read_frame(frame::STACK as usize) as usize)
    }
}

impl<'c> Incoming<'c> {
    /// # Safety
    ///
    /// The frame is what `generic_entry` gave, the entry has not returned, and the caller made a call of the signature
    /// that `received` was made from.
    #[inline(always)]
    pub(crate) unsafe fn new(frame: NonNull<c_void>, received: &'c Received) -> Incoming<'c> {
        Incoming(Arriving { frame: frame.cast(), received })
    }

    /// Its arguments. They lie where answers are not written.
    #[inline(always)]
    pub(crate) fn arguments(&self) -> Arriving<'c> {
        self.0
    }

    /// A scalar result as its 8 widened bytes, where it is one in `rax` or `xmm0`.
    #[inline(always)]
    pub(crate) fn answer_word(&mut self, word: u64) -> Option<u32> {
        match self.0.received.result {
            Outgoing::One { at, start: 0 } if self.0.received.result_size <= 8 => {
                self.write_frame(at, word);
                Some(0)
            }
            _ => None,
        }
    }

    /// Writes the bytes of the result, as many as its type has; what is missing is zero. The return value is that of a
    /// `Receive`.
    pub(crate) fn answer(&mut self, bytes: &[u8]) -> u32 {
        match bytes.len() >= self.0.received.result_size {
            // SAFETY: there are as many bytes
            true => unsafe { self.answer_from(bytes.as_ptr()) },
            false => self.answer_zero(),
        }
    }

    /// Writes a result of zero bytes.
    pub(crate) fn answer_zero(&mut self) -> u32 {
        match self.0.received.result_size {
            0..=64 => self.answer(&[0; 64]),
            size => self.answer(&vec![0; size]),
        }
    }

    /// Writes the result; bytes of padding may be anything.
    ///
    /// # Safety
    ///
    /// As many bytes can be read there as the result's type has.
    pub(crate) unsafe fn answer_from(&mut self, from: *const u8) -> u32 {
        let size = self.0.received.result_size;
        // SAFETY: the caller vouches for `size` bytes; in registers a result has at most 8 in each, 16 in a single
        // vector register and 32 on the x87 stack, and the frame has room for them; a result in memory goes where the
        // caller in C asked for it, by the signature of its call
        unsafe {
            match self.0.received.result {
                Outgoing::Nothing => 0,
                Outgoing::One { at, start } => {
                    let size = size.min(16);
                    let is_negative = self.0.received.extension == Extension::Sign
                        && size > 0
                        && from.add(size - 1).read() >= 0x80;
                    self.write_frame(at, if is_negative { u64::MAX } else { 0 });
                    self.write_from(at, from.add(start), size.saturating_sub(start));
                    0
                }
                Outgoing::Two { at: [first, second] } => {
                    self.write_from(first, from, 8);
                    self.write_from(second, from.add(8), size.saturating_sub(8).min(8));
                    0
                }
                Outgoing::X87(count) => {
                    self.write_from(frame::X87_RESULT as usize, from, size.min(32));
                    count
                }
                Outgoing::Memory { pointer } => {
                    let address = self.0.read_frame(pointer);
                    let to = ptr::with_exposed_provenance_mut::<u8>(address as usize);
                    ptr::copy_nonoverlapping(from, to, size);
                    self.write_frame(frame::GENERAL_RESULT as usize, address);
                    0
                }
            }
        }
    }

    #[inline(always)]
    fn write_frame(&mut self, at: usize, word: u64) {
        debug_assert!(at + 8 <= frame::SIZE as usize);
        // SAFETY: `at` and `result_at` give places of whole words in the frame
        unsafe { self.0.frame.as_ptr().add(at).cast::<u64>().write(word) }
    }

    /// # Safety
    ///
    /// `count` bytes can be read, and lie in the frame from `at` on.
    unsafe fn write_from(&mut self, at: usize, from: *const u8, count: usize) {
        // SAFETY: the caller vouches for both
        unsafe { ptr::copy_nonoverlapping(from, self.0.frame.as_ptr().add(at), count) }
    }
}

fn found(argument: &Argument) -> Result<Found> {
    let size = bytes(argument.size())?;
    Ok(match argument.pass() {
        Pass::Nothing => Found::Nothing,
        Pass::Register(piece) | Pass::Twice { general: piece, .. } => {
            // The value ends with what the register holds, or with padding
            let (start, end) = (bytes(piece.offset())?, bytes(piece.offset() + piece.size())?);
            Found::One { at: at(piece)?, start, size: end.min(size).max(start) }
        }
        Pass::Registers(first, second) => Found::Two { at: [at(first)?, at(second)?], size },
        Pass::Stack(part) => Found::Stack { offset: bytes(part.offset())?, size },
        Pass::ByAddress(Pointer::Register(piece)) => Found::BehindRegister { at: at(piece)?, size },
        Pass::ByAddress(Pointer::Stack(part)) => Found::BehindStack { offset: bytes(part.offset())?, size },
    })
}

fn at(piece: Piece) -> Result<usize> {
    let offset = piece.image_offset().filter(|offset| *offset < frame::STACK && *offset != image::TARGET);
    bytes(offset.ok_or_else(|| unsupported(&format!("arguments in {piece}")))?)
}

/// `rax` or `xmm0`; the second of a kind: `rdx` or `xmm1`.
fn result_at(piece: Piece, index: usize) -> Result<usize> {
    let index = index as u64;
    match piece.register() {
        Register::Xmm(_) => bytes(frame::VECTOR_RESULT + 16 * index),
        _ => bytes(frame::GENERAL_RESULT + 8 * index),
    }
}

fn is_vector(piece: Piece) -> bool {
    matches!(piece.register(), Register::Xmm(_))
}

fn bytes(count: u64) -> Result<usize> {
    // As for calls: more stack than almost any thread has
    const LARGEST: u64 = 1 << 26;
    let fitting = usize::try_from(count).ok().filter(|count| *count as u64 <= LARGEST);
    fitting.ok_or_else(|| {
        let message = "expected arguments and a result of at most 64 MiB, found more; pass a pointer instead";
        Error::new(ErrorKind::TooLarge, message)
    })
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("callbacks with {what} are not supported yet"))
}
