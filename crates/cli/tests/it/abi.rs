//! `eightbyte abi`, for any machine on any machine.

use super::run;

fn shown(arguments: &[&str]) -> String {
    let ran = run(&[&["abi", "--target", "x86_64-linux-gnu"], arguments].concat());
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)), "{arguments:?}");
    ran.stdout
}

#[test]
fn records_and_variadics() {
    assert_eq!(
        shown(&["struct s { double x; int n; } f(struct s, int, ...)"]),
        "\
f, System V x86-64
  struct s          16 bytes, SSE + INTEGER: xmm0 + rdi
  int               4 bytes, INTEGER: rsi
  returns struct s  16 bytes, SSE + INTEGER: xmm0 + rax
  ...: promoted (float to double, small integers to int), then in the registers that are left
  al = 1, the vector registers in use
"
    );
    assert_eq!(
        shown(&["--with", "float, short, long double", "int printf(const char *format, ...);"]),
        "\
printf, System V x86-64
  format: const char *  8 bytes, INTEGER: rdi
  ... float             8 bytes, SSE: xmm0
  ... short             4 bytes, INTEGER: rsi
  ... long double       16 bytes, X87 + X87UP: [sp+0]
  returns int           4 bytes, INTEGER: rax
  stack: 16 bytes, aligned to 16
  al = 1, the vector registers in use
"
    );
}

#[test]
fn the_last_function_or_every_one() {
    let text = "void f(char c); struct p { long a, b, c; } g(void);";
    let last = "g, System V x86-64\n  returns struct p  24 bytes, MEMORY: memory, pointer in rdi\n";
    assert_eq!(shown(&[text]), last);
    let all =
        format!("f, System V x86-64\n  c: char       1 byte, INTEGER: rdi\n  returns void  void\n\n{last}");
    assert_eq!(shown(&["--all", text]), all);
    let ran = run(&["abi", "--target", "x86_64-windows-gnu", "void f(int, double)"]);
    assert!(ran.stdout.contains("Microsoft x64") && ran.stdout.contains("xmm1"), "{}", ran.stdout);
}

#[test]
fn mistakes_have_their_exit_codes() {
    for (arguments, code, words) in [
        (&["int f(itn)"][..], 1, "<declarations>:1:7"),
        (&["int x;"], 2, "no function"),
        (&["--with", "int", "void f(int)"], 2, "no '...'"),
        (&["--target", "i686-linux-gnu", "void f(int)"], 1, "not supported yet"),
        (&[], 2, "DECLARATIONS"),
    ] {
        let ran = run(&[&["abi"], arguments].concat());
        assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(code)), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
    }
}
