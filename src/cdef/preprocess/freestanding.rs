//! The headers that come with the crate: what C promises without an operating system.

/// The text of a header.
pub(super) fn text(name: &str) -> Option<&'static str> {
    Some(match name {
        "float.h" => include_str!("../../../headers/freestanding/float.h"),
        "iso646.h" => include_str!("../../../headers/freestanding/iso646.h"),
        "limits.h" => include_str!("../../../headers/freestanding/limits.h"),
        "stdalign.h" => include_str!("../../../headers/freestanding/stdalign.h"),
        "stdarg.h" => include_str!("../../../headers/freestanding/stdarg.h"),
        "stdbool.h" => include_str!("../../../headers/freestanding/stdbool.h"),
        "stddef.h" => include_str!("../../../headers/freestanding/stddef.h"),
        "stdint.h" => include_str!("../../../headers/freestanding/stdint.h"),
        "stdnoreturn.h" => include_str!("../../../headers/freestanding/stdnoreturn.h"),
        _ => return None,
    })
}
