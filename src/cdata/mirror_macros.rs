//! Structs of Rust as types of C: `c_struct!` makes one, `check_struct!` takes one.

/// Declares a `repr(C)` struct of Rust that mirrors one of C.
///
/// It can be declared in an [`Ffi`](crate::Ffi) with [`declare`](crate::Ffi::declare), or compared with what is
/// declared there already: [`view`](crate::CData::view) does that. Its values are read and written like any other.
///
/// ```
/// #![forbid(unsafe_code)]
/// eightbyte::c_struct! {
///     #[derive(Debug, PartialEq)]
///     pub struct Point { pub x: f64, pub y: f64 }
/// }
/// assert_eq!(Point::c_text(), "typedef struct Point { double x; double y; } Point;\n");
///
/// let ffi = eightbyte::Ffi::new();
/// ffi.declare::<Point>()?;
/// let mut points = ffi.make("Point[2]", [(1, 2), (3, 4)])?;
/// points.view_mut::<Point>()?[1].y += 0.5;
/// assert_eq!(points.view::<Point>()?[1], Point { x: 3.0, y: 4.5 });
/// assert_eq!(points.get::<Point>("[0]")?, Point { x: 1.0, y: 2.0 });
/// points.set("[0]", Point { x: 0.5, y: 0.0 })?;
/// # Ok::<(), eightbyte::Error>(())
/// ```
///
/// It is passed by value as well, by typed symbols and to typed callbacks:
///
/// ```
/// eightbyte::c_struct! { pub struct Point { pub x: f64, pub y: f64 } }
/// let ffi = eightbyte::Ffi::new();
/// ffi.declare::<Point>()?;
/// let turn = ffi.callback("Point (*)(Point)", |p: Point| Point { x: -p.y, y: p.x })?;
/// let turn = unsafe { ffi.function_at("Point turn(Point)", turn.address())? };
/// let turned: Point = unsafe { turn.call((ffi.make("Point", (1, 2))?,))? };
/// assert_eq!((turned.x, turned.y), (-2.0, 1.0));
/// # Ok::<(), eightbyte::Error>(())
/// ```
///
/// A union is declared in the same way. Any bytes are one, because to read a member of it is `unsafe` in Rust; it can be
/// written as long as all its members are of one size, so that no value leaves bytes unwritten.
///
/// ```
/// eightbyte::c_struct! { union Word { number: u32, bytes: [u8; 4] } }
/// eightbyte::c_struct! { struct Packet { kind: i32, word: Word } }
/// let ffi = eightbyte::Ffi::new();
/// ffi.declare::<Packet>()?;
/// let mut packets = ffi.alloc("Packet[2]")?;
/// packets.view_mut::<Packet>()?[1].word = Word { bytes: [1, 2, 0, 0] };
/// assert_eq!(packets.get::<u32>("[1].word.number")?, 0x201);
/// # Ok::<(), eightbyte::Error>(())
/// ```
#[macro_export]
macro_rules! c_struct {
    (
        $(#[$attribute:meta])*
        $visibility:vis union $name:ident {
            $($(#[$of_member:meta])* $seen:vis $member:ident : $ty:ty),* $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy)]
        #[repr(C)]
        #[allow(dead_code, reason = "C may be the only one to read a member")]
        $visibility union $name {
            $($(#[$of_member])* $seen $member: $ty,)*
        }

        $crate::check_struct! { @union $name { $($member),* } true }

        // SAFETY: a `repr(C)` union that was just declared with these members; `passes_as` compares all of them
        unsafe impl $crate::Native for $name {
            fn is(ty: &$crate::Type, scope: &$crate::Scope) -> bool {
                <$name as $crate::Mirror>::mirrored().passes_as(ty, scope)
            }
        }

        impl $name {
            /// C text that declares it.
            #[allow(dead_code, reason = "not every union is declared from Rust")]
            $visibility fn c_text() -> ::std::string::String {
                <$name as $crate::Mirror>::c_text()
            }
        }
    };
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$of_member:meta])* $seen:vis $member:ident : $ty:ty),* $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy)]
        #[repr(C)]
        $visibility struct $name {
            $($(#[$of_member])* $seen $member: $ty,)*
        }

        $crate::check_struct! { $name { $($member),* } }

        // SAFETY: a `repr(C)` struct that was just declared with these members; `passes_as` compares all of them
        unsafe impl $crate::Native for $name {
            fn is(ty: &$crate::Type, scope: &$crate::Scope) -> bool {
                <$name as $crate::Mirror>::mirrored().passes_as(ty, scope)
            }
        }

        impl $name {
            /// C text that declares it.
            #[allow(dead_code, reason = "not every struct is declared from Rust")]
            $visibility fn c_text() -> ::std::string::String {
                <$name as $crate::Mirror>::c_text()
            }
        }
    };
}

/// Lets an existing `repr(C)` struct, bindgen's for example, mirror one of C. Every member is named.
///
/// ```
/// #[repr(C)]
/// #[derive(Clone, Copy, Debug)]
/// struct Pixel { r: u8, g: u8, b: u8, a: u8 }
/// eightbyte::check_struct!(Pixel { r, g, b, a });
///
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("typedef struct { uint8_t r, g, b; float a; } pixel_t;")?;
/// let error = ffi.alloc("pixel_t")?.view::<Pixel>().unwrap_err();
/// assert_eq!(error.message(), "member 'a': 'pixel_t' has 'float' at offset 4, Pixel has u8 at offset 3");
/// # Ok::<(), eightbyte::Error>(())
/// ```
///
/// A member that is left out, or whose type could hold anything but plain data, does not compile:
///
/// ```compile_fail,E0063
/// #[derive(Clone, Copy)]
/// #[repr(C)]
/// struct Two { a: u8, b: char }
/// eightbyte::check_struct!(Two { a });
/// ```
///
/// ```compile_fail,E0277
/// #[derive(Clone, Copy)]
/// #[repr(C)]
/// struct Two { a: u8, b: &'static u8 }
/// eightbyte::check_struct!(Two { a, b });
/// ```
///
/// Of a union (`check_struct!(union Word { number, bytes })`) there may be members that are not named, so that it can be
/// read, but written only by paths.
///
/// A safe function pointer would let anybody call what is not there:
///
/// ```compile_fail,E0277
/// #[derive(Clone, Copy)]
/// #[repr(C)]
/// struct Hook { call: Option<extern "C" fn(i32)> }
/// eightbyte::check_struct!(Hook { call });
/// ```
#[macro_export]
macro_rules! check_struct {
    (union $name:ident { $($member:ident),* $(,)? }) => {
        $crate::check_struct! { @union $name { $($member),* } false }
    };
    (@union $name:ident { $($member:ident),* } $complete:literal) => {
        // SAFETY: the compiler tells offsets and types; `true` is said of a union that was just declared with these members
        unsafe impl $crate::Mirror for $name {
            fn mirrored() -> $crate::Mirrored {
                let _: fn($name) = |_whole| { $(let $name { $member: _ } = _whole;)* };
                $crate::Mirrored::of_union::<$name>(::core::stringify!($name), ::std::vec![$(
                    $crate::Mirrored::member(
                        ::core::stringify!($member),
                        ::core::mem::offset_of!($name, $member),
                        // SAFETY: it is never called; its type is what counts
                        |whole: $name| unsafe { whole.$member },
                    )
                ),*], $complete)
            }
        }

        /// All of its bytes.
        impl $crate::FromC for $name {
            fn from_c(source: $crate::ValueSource<'_>) -> $crate::Result<$name> {
                $crate::Mirrored::read_union(source)
            }
        }

        /// All of its bytes.
        impl $crate::ToC for $name {
            fn to_c(&self, to: &mut $crate::Destination<'_>) -> $crate::Result<()> {
                $crate::Mirrored::write_union(self, to)
            }
            fn describe(&self) -> ::std::string::String {
                ::std::string::String::from(::core::concat!("a ", ::core::stringify!($name)))
            }
        }
    };
    ($name:ident { $($member:ident),* $(,)? }) => {
        // SAFETY: the compiler tells offsets and types, and that no member is missing
        unsafe impl $crate::Mirror for $name {
            fn mirrored() -> $crate::Mirrored {
                let _: fn($name) = |$name { $($member: _),* }| ();
                $crate::Mirrored::of_struct::<$name>(::core::stringify!($name), ::std::vec![$(
                    $crate::Mirrored::member(
                        ::core::stringify!($member),
                        ::core::mem::offset_of!($name, $member),
                        |whole: $name| whole.$member,
                    )
                ),*])
            }
        }

        /// By the names of its members.
        impl $crate::FromC for $name {
            fn from_c(source: $crate::ValueSource<'_>) -> $crate::Result<$name> {
                ::core::result::Result::Ok($name {
                    $($member: source.get(::core::stringify!($member).trim_start_matches("r#"))?),*
                })
            }
        }

        /// By the names of its members.
        impl $crate::ToC for $name {
            fn to_c(&self, to: &mut $crate::Destination<'_>) -> $crate::Result<()> {
                $(to.set(::core::stringify!($member).trim_start_matches("r#"), { self.$member })?;)*
                ::core::result::Result::Ok(())
            }
            fn describe(&self) -> ::std::string::String {
                ::std::string::String::from(::core::concat!("a ", ::core::stringify!($name)))
            }
        }
    };
}
