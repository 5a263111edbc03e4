//! The headers that are compared, and where they are.

use std::process::Command;

/// Headers that are included together.
pub struct Set {
    /// How it is called.
    pub name: &'static str,
    /// What includes them.
    pub text: &'static str,
    /// A file that is there if they are.
    present: &'static [&'static str],
    /// What pkg-config knows their folders by.
    configured: Option<&'static str>,
    /// Debian's package.
    pub package: &'static str,
}

impl Set {
    /// The flags that a compiler needs; `None` where the headers are not installed.
    pub fn flags(&self) -> Option<Vec<String>> {
        if let Some(name) = self.configured {
            let output = Command::new("pkg-config").args(["--cflags", name]).output().ok()?;
            let flags = String::from_utf8_lossy(&output.stdout).into_owned();
            return output.status.success().then(|| {
                flags
                    .split_whitespace()
                    .filter(|flag| flag.starts_with("-I") || flag.starts_with("-D"))
                    .map(str::to_owned)
                    .collect()
            });
        }
        let there = |path: &&str| {
            std::path::Path::new("/usr/include").join(path).is_file()
                || std::path::Path::new("/usr/include/x86_64-linux-gnu").join(path).is_file()
        };
        self.present.iter().all(there).then(Vec::new)
    }
}

/// All of them.
pub fn sets() -> Vec<Set> {
    let set = |name, text, present, package| Set { name, text, present, configured: None, package };
    let configured =
        |name, text, config, package| Set { name, text, present: &[], configured: Some(config), package };
    vec![
        set(
            "stdio+stdlib+string",
            "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n",
            &["stdio.h"],
            "libc6-dev",
        ),
        set("sqlite3", "#include <sqlite3.h>\n", &["sqlite3.h"], "libsqlite3-dev"),
        set("zlib", "#include <zlib.h>\n", &["zlib.h"], "zlib1g-dev"),
        set("curl", "#include <curl/curl.h>\n", &["curl/curl.h"], "libcurl4-openssl-dev"),
        configured("sdl2", "#include <SDL.h>\n", "sdl2", "libsdl2-dev"),
        set("vulkan", "#include <vulkan/vulkan.h>\n", &["vulkan/vulkan.h"], "libvulkan-dev"),
        set("gl", "#include <GL/gl.h>\n#include <GL/glext.h>\n", &["GL/gl.h", "GL/glext.h"], "libgl-dev"),
        set("openssl", "#include <openssl/ssl.h>\n", &["openssl/ssl.h"], "libssl-dev"),
        set("uv", "#include <uv.h>\n", &["uv.h"], "libuv1-dev"),
        set("x11", "#include <X11/Xlib.h>\n", &["X11/Xlib.h"], "libx11-dev"),
        configured("python", "#include <Python.h>\n", "python3", "python3-dev"),
        configured("gtk3", "#include <gtk/gtk.h>\n", "gtk+-3.0", "libgtk-3-dev"),
    ]
}
