//! A plan made ready: which loader, which slots, which result.

use super::loaders::{self, Demand, HEAD_WORDS, Loader};
use crate::abi::{CallPlan, Convention, Extension, Pass, Piece, Pointer, Register, Return, StackPart, image};
use crate::error::{Error, ErrorKind, Result};

/// All that calls of one signature share.
pub(crate) struct Prepared {
    pub(super) loader: Loader,
    pub(super) returns: Returns,
    pub(super) places: Box<[Place]>,
    result_size: usize,
    stack_words: usize,
    /// Words behind those of the stack, for copies that are passed by their address.
    copy_words: usize,
    stack_mask: u64,
    vector_count: u8,
    needs_head: bool,
}

/// A whole 8-byte place in the images of one `Prepared`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(pub(super) u32);

impl Slot {
    /// One that every image has.
    pub(crate) const FIRST: Slot = Slot(0);
}

/// Where an argument goes in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Nothing {
        size: usize,
    },
    /// Up to 8 bytes, starting at `start` of a value of `size` bytes.
    One {
        slot: Slot,
        start: usize,
        size: usize,
        extension: Extension,
    },
    /// 9 to 16 bytes in two registers.
    Two {
        slots: [Slot; 2],
        size: usize,
    },
    /// Many bytes in a row, the last word filled with zeros.
    Row {
        slot: Slot,
        size: usize,
    },
    /// Up to 8 bytes in two slots, the same in both.
    Twice {
        slots: [Slot; 2],
        size: usize,
        extension: Extension,
    },
    /// A copy behind the stack words, at the next multiple of `align` from `start`; its address in a slot.
    Copy {
        slot: Slot,
        start: u32,
        align: u32,
        size: usize,
    },
}

/// Where a result is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returns {
    Nothing,
    General {
        start: usize,
        size: usize,
    },
    Vector {
        start: usize,
        size: usize,
    },
    GeneralGeneral {
        size: usize,
    },
    VectorVector {
        size: usize,
    },
    GeneralVector {
        size: usize,
    },
    VectorGeneral {
        size: usize,
    },
    /// 9 to 16 bytes of xmm0.
    Wide {
        size: usize,
    },
    X87,
    ComplexX87,
    /// In memory, whose address goes in this slot.
    Memory {
        slot: Slot,
    },
}

/// How a scalar result is best fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultKind {
    /// There is none.
    Nothing,
    /// One general purpose register: `Image::call_general`.
    General,
    /// One vector register, 8 bytes of it: `Image::call_vector`.
    Vector,
    /// Anything else: `Image::call`.
    Bytes,
}

impl Prepared {
    /// Makes a plan ready for this machine.
    pub(crate) fn new(plan: &CallPlan) -> Result<Prepared> {
        if !loaders::SUPPORTED {
            return Err(unsupported(format!("calls on {}", std::env::consts::ARCH)));
        }
        if !matches!(plan.convention(), Convention::Sysv64 | Convention::Win64) {
            return Err(unsupported(format!("calls of the convention {:?}", plan.convention())));
        }
        if plan.stack_align() > loaders::LARGEST_STACK_ALIGN {
            let limit = loaders::LARGEST_STACK_ALIGN;
            return Err(unsupported(format!("stack arguments aligned to more than {limit} bytes")));
        }
        let returns = Returns::of(plan)?;
        let mut end = image::STACK.saturating_add(plan.stack_bytes());
        let places = plan.arguments().iter().map(|argument| place(argument, &mut end));
        let places = places.collect::<Result<Box<[Place]>>>()?;
        let is_wide = |argument: &crate::abi::Argument| match argument.pass() {
            Pass::Register(piece) => piece.size() > 8,
            _ => false,
        };
        let stack_words = index(plan.stack_bytes() / 8)?;
        let image_words = index(end)?.div_ceil(8);
        let demand = Demand {
            general: plan.general_registers(),
            vector: plan.vector_registers(),
            wide: plan.arguments().iter().any(is_wide),
            stack: stack_words > 0,
            x87_results: match returns {
                Returns::X87 => 1,
                Returns::ComplexX87 => 2,
                _ => 0,
            },
        };
        let loader = loaders::choose(demand).ok_or_else(|| unsupported("this many registers".to_owned()))?;
        Ok(Prepared {
            loader,
            returns,
            places,
            result_size: index(plan.result_size())?,
            stack_words,
            copy_words: image_words - HEAD_WORDS - stack_words,
            stack_mask: plan.stack_align().wrapping_neg(),
            vector_count: demand.vector,
            needs_head: demand.stack || demand.wide || demand.x87_results > 0,
        })
    }

    /// Are images of both filled alike, byte for byte?
    pub(crate) fn travels_like(&self, other: &Prepared) -> bool {
        let is_alike = |(one, other): (&Place, &Place)| one.without_extension() == other.without_extension();
        self.places.len() == other.places.len()
            && self.places.iter().zip(&other.places).all(is_alike)
            && self.stack_words == other.stack_words
            && self.copy_words == other.copy_words
    }

    #[cfg(test)]
    /// How many arguments a call has.
    pub(crate) fn argument_count(&self) -> usize {
        self.places.len()
    }

    /// How the result is best fetched.
    pub(crate) fn result_kind(&self) -> ResultKind {
        match self.returns {
            Returns::Nothing => ResultKind::Nothing,
            Returns::General { start: 0, .. } => ResultKind::General,
            Returns::Vector { start: 0, .. } => ResultKind::Vector,
            _ => ResultKind::Bytes,
        }
    }

    /// Size of the result in bytes.
    pub(crate) fn result_size(&self) -> usize {
        self.result_size
    }

    /// The slot of an argument that travels in one whole slot, for `Image::store`.
    pub(crate) fn slot(&self, argument: usize) -> Option<Slot> {
        match *self.places.get(argument)? {
            Place::One { slot, start: 0, .. } => Some(slot),
            _ => None,
        }
    }

    /// Does an image of this signature fit `InlineWords`?
    pub(crate) fn fits_inline(&self) -> bool {
        self.image_words() <= super::image::INLINE_WORDS
    }

    /// How many words an image of this signature has.
    #[inline(always)]
    pub(super) fn image_words(&self) -> usize {
        HEAD_WORDS + self.stack_words + self.copy_words
    }

    #[inline(always)]
    pub(super) fn needs_head(&self) -> bool {
        self.needs_head
    }

    pub(super) fn stack_words(&self) -> usize {
        self.stack_words
    }

    pub(super) fn stack_mask(&self) -> u64 {
        self.stack_mask
    }

    pub(super) fn vector_count(&self) -> u8 {
        self.vector_count
    }
}

impl Place {
    fn without_extension(self) -> Place {
        match self {
            Place::One { slot, start, size, .. } => {
                Place::One { slot, start, size, extension: Extension::Zero }
            }
            Place::Twice { slots, size, .. } => Place::Twice { slots, size, extension: Extension::Zero },
            other => other,
        }
    }
}

impl Returns {
    fn of(plan: &CallPlan) -> Result<Returns> {
        let size = index(plan.result_size())?;
        let is_vector = |piece: Piece| matches!(piece.register(), Register::Xmm(_));
        Ok(match plan.returns() {
            Return::Nothing => Returns::Nothing,
            Return::Register(piece) if piece.size() > 8 => Returns::Wide { size },
            Return::Register(piece) => {
                let (start, size) = (index(piece.offset())?, index(piece.size())?);
                if is_vector(piece) {
                    Returns::Vector { start, size }
                } else {
                    Returns::General { start, size }
                }
            }
            Return::Registers(first, second) => match (is_vector(first), is_vector(second)) {
                (false, false) => Returns::GeneralGeneral { size },
                (true, true) => Returns::VectorVector { size },
                (false, true) => Returns::GeneralVector { size },
                (true, false) => Returns::VectorGeneral { size },
            },
            // The loaders store the whole of what C has there
            Return::X87 if size == 16 => Returns::X87,
            Return::ComplexX87 if size == 32 => Returns::ComplexX87,
            Return::X87 | Return::ComplexX87 => {
                return Err(unsupported(format!("x87 results of {size} bytes")));
            }
            Return::Memory(pointer) => Returns::Memory { slot: piece_slot(pointer)? },
        })
    }
}

/// Where an argument goes; copies go where the image ended so far.
fn place(argument: &crate::abi::Argument, end: &mut u64) -> Result<Place> {
    let size = index(argument.size())?;
    let extension = argument.extension();
    Ok(match argument.pass() {
        Pass::Nothing => Place::Nothing { size },
        Pass::Register(piece) if piece.size() > 8 => Place::Row { slot: piece_slot(piece)?, size },
        Pass::Register(piece) => {
            Place::One { slot: piece_slot(piece)?, start: index(piece.offset())?, size, extension }
        }
        Pass::Registers(first, second) => {
            Place::Two { slots: [piece_slot(first)?, piece_slot(second)?], size }
        }
        Pass::Stack(part) if part.size() <= 8 => {
            Place::One { slot: stack_slot(part)?, start: 0, size, extension }
        }
        Pass::Stack(part) => Place::Row { slot: stack_slot(part)?, size },
        Pass::Twice { vector, general } => {
            Place::Twice { slots: [piece_slot(vector)?, piece_slot(general)?], size, extension }
        }
        Pass::ByAddress(pointer) => {
            let slot = match pointer {
                Pointer::Register(piece) => piece_slot(piece)?,
                Pointer::Stack(part) => stack_slot(part)?,
            };
            let align = argument.align().max(16);
            let start = *end;
            *end = start.saturating_add(argument.size()).saturating_add(align).next_multiple_of(8);
            match (u32::try_from(start), u32::try_from(align)) {
                (Ok(start), Ok(align)) if *end <= LARGEST_IMAGE => Place::Copy { slot, start, align, size },
                _ => return Err(too_large()),
            }
        }
    })
}

fn piece_slot(piece: Piece) -> Result<Slot> {
    let offset = piece.image_offset().and_then(|offset| u32::try_from(offset).ok());
    offset.map(Slot).ok_or_else(|| unsupported(format!("arguments in {piece}")))
}

fn stack_slot(part: StackPart) -> Result<Slot> {
    // The whole of the slot must have an offset, not only its start
    let end = part.image_offset().and_then(|offset| offset.checked_add(part.size())?.checked_add(8));
    match (part.image_offset(), end) {
        (Some(offset), Some(end)) if end <= LARGEST_IMAGE => Ok(Slot(offset as u32)),
        _ => Err(too_large()),
    }
}

/// More stack than almost any thread has.
const LARGEST_IMAGE: u64 = 1 << 26;

fn index(bytes: u64) -> Result<usize> {
    usize::try_from(bytes).ok().filter(|&bytes| bytes as u64 <= LARGEST_IMAGE).ok_or_else(too_large)
}

fn too_large() -> Error {
    let message = "expected arguments and a result of at most 64 MiB, found more; pass a pointer instead";
    Error::new(ErrorKind::TooLarge, message)
}

fn unsupported(what: String) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what} are not supported yet"))
}
