//! `eightbyte replay`: calls from a list, judged by what a library of gcc's recorded.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use super::{directory, file, run};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const HEADER: &str = "
struct point { int x; double y; };
struct bits { unsigned a : 3; int b : 7; char c; };
union number { long i; double d; };
struct large { int head; struct { union number u; short v[3]; } in; long double wide; };
enum color { RED, BLUE = 7 };
typedef float vec4 __attribute__((vector_size(16)));
int plain(int a, char b, _Bool c, unsigned short d, enum color e);
double point(struct point p, float f);
struct point swap(struct point p);
struct bits bits(struct bits b);
struct large large(struct large l);
long double wide(long double a, __float128 b);
unsigned __int128 huge(unsigned __int128 a, __int128 b);
double _Complex turn(double _Complex z);
vec4 lanes(vec4 v);
void *address(void *p);
void nothing(void);
int sum(int count, ...);
int crash(int how);
void call_back(struct point (*back)(int n, struct point p, struct large l, _Float16 h));
void call_nobody(int (*back)(int n));
void call_windows(int (__attribute__((ms_abi)) *back)(int n, double d));
";

const SOURCE: &str = r#"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "calls.h"
unsigned char oracle_buf[65536];
unsigned long oracle_len;
static void put(const void *p, unsigned long n) { memcpy(oracle_buf + oracle_len, p, n); oracle_len += n; }
static void number(long long n) { put(&n, 8); }
int plain(int a, char b, _Bool c, unsigned short d, enum color e) {
    number(a); number(b); number(c); number(d); number(e); return a + b + c + d + e;
}
double point(struct point p, float f) { put(&p.x, 4); put(&p.y, 8); put(&f, 4); return p.x + p.y + f; }
struct point swap(struct point p) { put(&p.x, 4); put(&p.y, 8); return (struct point){ (int)p.y, p.x }; }
struct bits bits(struct bits b) { number(b.a); number(b.b); put(&b.c, 1); return b; }
struct large large(struct large l) {
    put(&l.head, 4); put(&l.in.u, 8); put(l.in.v, 6); put(&l.wide, 10); l.head++; return l;
}
long double wide(long double a, __float128 b) { put(&a, 10); put(&b, 16); return a + (long double)b; }
unsigned __int128 huge(unsigned __int128 a, __int128 b) { put(&a, 16); put(&b, 16); return a + b; }
double _Complex turn(double _Complex z) { put(&z, 16); return z * 1.0i; }
vec4 lanes(vec4 v) { put(&v, 16); return v + v; }
void *address(void *p) { put(&p, 8); return p; }
void nothing(void) { puts("this is C's own output"); }
int sum(int count, ...) {
    va_list rest; va_start(rest, count); int all = 0;
    while (count--) { struct point p = va_arg(rest, struct point); double d = va_arg(rest, double); all += p.x + p.y + d; }
    return all;
}
void call_back(struct point (*back)(int n, struct point p, struct large l, _Float16 h)) {
    struct point p = back(-3, (struct point){ 2, 0.5 }, (struct large){ .head = 9, .in.v = { 1, 2, 3 } }, 1.5);
    put(&p.x, 4); put(&p.y, 8);
}
void call_nobody(int (*back)(int n)) { (void)back; }
void call_windows(int (__attribute__((ms_abi)) *back)(int n, double d)) { number(back(5, 0.25)); }
int crash(int how) { if (how == 1) abort(); if (how == 2) exit(3); if (how == 3) *(volatile int *)8 = 1; return how; }
"#;

/// The library, or nothing where there is no compiler.
fn library(directory: &Path) -> Option<(String, String)> {
    let header = file(directory, "calls.h", HEADER);
    let source = file(directory, "calls.c", SOURCE);
    let library = directory.join("libcalls.so").display().to_string();
    let built = Command::new("gcc").args(["-shared", "-fPIC", "-O1", "-w", "-o", &library, &source]).status();
    match built {
        Ok(status) => assert!(status.success(), "gcc does not accept the library"),
        Err(_) => {
            eprintln!("SKIPPED: gcc is not installed");
            return None;
        }
    }
    Some((header, library))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn replayed(directory: &Path, (header, library): &(String, String), cases: Value) -> Vec<Value> {
    let count = cases.as_array().expect("a list").len();
    let list = file(directory, "cases.json", &json!({"format": "c-calls/1", "cases": cases}).to_string());
    let ran = run(&["replay", "--header", header, "--lib", library, &list]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let results: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    let results = results["results"].as_array().expect("a list").clone();
    assert_eq!(results.len(), count, "{}", ran.stdout);
    results
}

/// A function, each argument's type, literal and bytes, what is recorded and what comes back.
type Case = (&'static str, Vec<(&'static str, Value, String)>, String, Option<String>);

fn calls() -> Vec<Case> {
    let eight = |value: i64| hex(&value.to_le_bytes());
    let point = |x: i32, y: f64| [hex(&x.to_le_bytes()), "00000000".into(), hex(&y.to_le_bytes())].concat();
    let flat = |x: i32, y: f64| [hex(&x.to_le_bytes()), hex(&y.to_le_bytes())].concat();
    let pair = |a: f64, b: f64| hex(&[a.to_le_bytes(), b.to_le_bytes()].concat());
    let lanes = |lanes: [f32; 4]| lanes.iter().map(|lane| hex(&lane.to_le_bytes())).collect::<String>();
    let one_and_a_half = "00000000000000c0ff3f";
    let large = |head: i32| {
        let union = hex(&0.5f64.to_le_bytes());
        [
            &hex(&head.to_le_bytes()),
            "00000000",
            &union,
            "0100feff0300",
            "0000",
            "0000000000000000",
            one_and_a_half,
            "000000000000",
        ]
        .concat()
    };
    let narrow = |value: i64, size: usize| hex(&value.to_le_bytes()[..size]);
    vec![
        (
            "plain",
            vec![
                ("int", json!(-5), narrow(-5, 4)),
                ("char", json!(-1), narrow(-1, 1)),
                ("_Bool", json!(true), narrow(1, 1)),
                ("unsigned short", json!(65535), narrow(65535, 2)),
                ("enum color", json!(7), narrow(7, 4)),
            ],
            [eight(-5), eight(-1), eight(1), eight(65535), eight(7)].concat(),
            Some(narrow(65537, 4)),
        ),
        (
            "point",
            vec![
                ("struct point", json!({"x": 3, "y": 0.5}), point(3, 0.5)),
                ("float", json!(0.25), hex(&0.25f32.to_le_bytes())),
            ],
            [flat(3, 0.5), hex(&0.25f32.to_le_bytes())].concat(),
            Some(hex(&3.75f64.to_le_bytes())),
        ),
        (
            "bits",
            vec![("struct bits", json!({"a": 5, "b": -3, "c": 65}), "ed034100".into())],
            [eight(5), eight(-3), "41".into()].concat(),
            Some("ed034100".into()),
        ),
        (
            "wide",
            vec![
                ("long double", json!("0x1.8p+0"), format!("{one_and_a_half}000000000000")),
                ("__float128", json!("-0x1p+0"), "0000000000000000000000000000ffbf".into()),
            ],
            [one_and_a_half, "0000000000000000000000000000ffbf"].concat(),
            None,
        ),
        (
            "huge",
            vec![
                ("unsigned __int128", json!(u128::MAX.to_string()), "ff".repeat(16)),
                ("__int128", json!("-2"), format!("fe{}", "ff".repeat(15))),
            ],
            format!("{}fe{}", "ff".repeat(16), "ff".repeat(15)),
            Some(format!("fd{}", "ff".repeat(15))),
        ),
        (
            "turn",
            vec![("double _Complex", json!([1.5, "inf"]), pair(1.5, f64::INFINITY))],
            pair(1.5, f64::INFINITY),
            None,
        ),
        (
            "lanes",
            vec![("vec4", json!([1, 2.5, -3, 0]), lanes([1.0, 2.5, -3.0, 0.0]))],
            lanes([1.0, 2.5, -3.0, 0.0]),
            Some(lanes([2.0, 5.0, -6.0, 0.0])),
        ),
        ("address", vec![("void *", json!("0x10"), eight(16))], eight(16), Some(eight(16))),
        (
            "large",
            vec![(
                "struct large",
                json!({"head": 1, "in": {"u": {"d": 0.5}, "v": [1, -2, 3]}, "wide": "0x1.8p0"}),
                large(1),
            )],
            [narrow(1, 4), hex(&0.5f64.to_le_bytes()), "0100feff0300".into(), one_and_a_half.into()].concat(),
            None,
        ),
        ("nothing", vec![], String::new(), None),
    ]
}

#[test]
fn values_and_bytes_come_to_the_same() {
    let here = directory("replay");
    let Some(library) = library(&here) else { return };
    for with in ["value", "hex", "both"] {
        let mut cases = Vec::new();
        for (function, arguments, ..) in calls() {
            let mut list = Vec::new();
            for (ty, value, bytes) in arguments {
                list.push(match with {
                    "value" => json!({"type": ty, "value": value}),
                    "hex" => json!({"type": ty, "hex": bytes}),
                    _ => json!({"type": ty, "value": value, "hex": bytes}),
                });
            }
            cases.push(json!({"id": function, "kind": "call", "func": function, "args": list}));
        }
        let results = replayed(&here, &library, Value::Array(cases));
        for (result, (function, _, recorded, returned)) in results.iter().zip(calls()) {
            assert_eq!(result["id"], function, "{result}");
            assert_eq!(result["recorded"], recorded, "{function} by {with}: {result}");
            if let Some(returned) = returned {
                assert_eq!(result["ret"], returned, "{function} by {with}: {result}");
            }
        }
    }
}

#[test]
fn variadic_arguments_are_promoted() {
    let here = directory("replay-variadic");
    let Some(library) = library(&here) else { return };
    let point = json!({"type": "struct point", "value": {"x": 1, "y": 2}});
    let double = json!({"type": "double", "value": 3});
    let count = json!({"type": "int", "value": 2});
    let case = json!({"id": 1, "kind": "variadic", "nfixed": 1, "func": "sum", "args": [count, point, double, point, double]});
    assert_eq!(replayed(&here, &library, json!([case]))[0]["ret"], "0c000000");
}

#[test]
fn a_crash_loses_only_itself() {
    let here = directory("replay-crash");
    let Some(library) = library(&here) else { return };
    let crash = |how: i32| json!({"id": how, "kind": "call", "func": "crash", "args": [{"type": "int", "value": how}]});
    let order = [0, 1, 2, 4, 3, 3, 5];
    let results = replayed(&here, &library, Value::Array(order.map(crash).into()));
    let errors = [
        "",
        "crashed: signal 6",
        "ended the process: exit status 3",
        "",
        "crashed: signal 11",
        "crashed: signal 11",
        "",
    ];
    for ((result, how), error) in results.iter().zip(order).zip(errors) {
        assert_eq!(result["id"], how);
        match error {
            "" => assert_eq!(result["ret"], hex(&how.to_le_bytes())),
            _ => assert_eq!(result["error"], error),
        }
    }
}

#[test]
fn the_library_calls() {
    let here = directory("replay-callbacks");
    let Some(library) = library(&here) else { return };
    let point = json!({"type": "struct point", "value": {"x": 7, "y": 2.5}});
    let results = replayed(
        &here,
        &library,
        json!([
            {"id": "a", "kind": "callback", "func": "call_back", "ret": point},
            {"id": "b", "kind": "callback", "func": "call_windows", "ret": {"type": "int", "hex": "efffffff"}},
            {"id": "c", "kind": "callback", "func": "call_windows", "ret": {"type": "long", "value": 1}},
        ]),
    );
    let recorded = hex(&[&7i32.to_le_bytes()[..], &2.5f64.to_le_bytes()].concat());
    assert_eq!(results[0]["recorded"], recorded, "{}", results[0]);
    let arrived = results[0]["cb_args"].as_array().expect("a list");
    let shown = |index: usize| arrived[index].as_str().expect("text").to_string();
    assert_eq!((arrived.len(), shown(0), shown(3)), (4, hex(&(-3i32).to_le_bytes()), "003e".to_string()));
    // The padding may be anything
    assert_eq!((&shown(1)[..8], &shown(1)[16..]), ("02000000", hex(&0.5f64.to_le_bytes()).as_str()));
    assert_eq!((&shown(2)[..8], &shown(2)[32..44]), ("09000000", "010002000300"));
    let windows = json!({
        "id": "b",
        "recorded": hex(&(-17i64).to_le_bytes()),
        "cb_args": [hex(&5i32.to_le_bytes()), hex(&0.25f64.to_le_bytes())],
    });
    assert_eq!(results[1], windows);
    assert!(results[2]["error"].as_str().is_some_and(|error| error.contains("4 bytes")), "{}", results[2]);
}

#[test]
fn what_cannot_be_made_is_said() {
    let here = directory("replay-mistakes");
    let Some(library) = library(&here) else { return };
    let plain = |argument: Value| json!({"id": "x", "kind": "call", "func": "crash", "args": [argument]});
    let cases = [
        (
            json!({"id": "cb", "kind": "callback", "func": "f", "decl": "void f(int (*)(int));"}),
            "no symbol 'f'",
        ),
        (json!({"id": "x", "kind": "callback", "func": "nothing"}), "one parameter"),
        (json!({"id": "x", "kind": "callback", "func": "crash"}), "expected the type of a function"),
        (json!({"id": "x", "kind": "callback", "func": "call_nobody"}), "expected the library to call"),
        (json!({"id": "x", "kind": "telepathy"}), "unsupported"),
        (json!({"id": "x"}), "unsupported"),
        (json!("not an object"), "unsupported"),
        (json!({"id": "x", "kind": "call"}), "func"),
        (json!({"id": "x", "kind": "call", "func": "no_such"}), "not declared"),
        (
            json!({"id": "x", "kind": "call", "func": "no_such", "decl": "int no_such(void);"}),
            "no symbol 'no_such'",
        ),
        (json!({"id": "x", "kind": "call", "func": "puts", "decl": "int puts(const itn *);"}), "itn"),
        (json!({"id": "x", "kind": "call", "func": "crash"}), "takes 1 argument, got 0"),
        (plain(json!({"type": "int"})), "expected \"hex\" or \"value\""),
        (plain(json!({"value": 1})), "expected a \"type\""),
        (plain(json!({"type": "itn", "value": 1})), "itn"),
        (plain(json!({"type": "int", "hex": "01"})), "expected 4 bytes"),
        (plain(json!({"type": "int", "hex": "0100000"})), "hexadecimal"),
        (plain(json!({"type": "int", "hex": "+1é-1"})), "hexadecimal"),
        (plain(json!({"type": "int", "value": "one"})), "expected an integer"),
        (plain(json!({"type": "int", "value": 4294967296u64})), "4294967296"),
        (plain(json!({"type": "struct point", "value": {"z": 1}})), "no member 'z'"),
        (plain(json!({"type": "struct point", "value": [1]})), "expected an object"),
        (plain(json!({"type": "struct point", "value": {"x": 1}})), "argument 1"),
        (plain(json!({"type": "struct large", "value": {"in": {"v": [1, 2, 3, 4]}}})), "no more than 3"),
        (plain(json!({"type": "long double", "value": "ten"})), "hexadecimal"),
    ];
    let list = Value::Array(cases.iter().map(|case| case.0.clone()).collect());
    for (result, (case, words)) in replayed(&here, &library, list).iter().zip(&cases) {
        let error = result["error"].as_str().unwrap_or_default();
        assert!(error.contains(words), "{case}: {result}");
    }
    for (header, lib, list, code, words) in [
        ("/no/header.h", library.1.as_str(), "{\"cases\": []}", 2, "cannot read /no/header.h"),
        (&library.0, "/no/lib.so", "{\"cases\": []}", 2, "/no/lib.so"),
        (&library.0, &library.1, "{\"cases\": ", 2, "EOF"),
        (&library.0, &library.1, "[]", 2, "\"cases\""),
        (&library.0, &library.1, "{\"format\": \"c-layout/1\", \"cases\": []}", 2, "c-layout/1"),
    ] {
        let list = file(&here, "list.json", list);
        let ran = run(&["replay", "--header", header, "--lib", lib, &list]);
        assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(code)), "{}", ran.stderr);
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    let wrong = file(&here, "wrong.h", "int f(itn);");
    let list = file(&here, "list.json", "{\"cases\": []}");
    let ran = run(&["replay", "--header", &wrong, "--lib", &library.1, &list]);
    assert_eq!((ran.code, ran.stderr.contains("wrong.h:1:7")), (Some(1), true), "{}", ran.stderr);
}

#[test]
fn a_library_without_a_record_gives_results_alone() {
    let here = directory("replay-libm");
    let header = file(&here, "m.h", "double hypot(double, double);");
    let numbers = json!([{"type": "double", "value": 3}, {"type": "double", "value": 4}]);
    let case = json!({"id": "h", "kind": "call", "func": "hypot", "args": numbers});
    let results = replayed(&here, &(header, "m".to_string()), json!([case]));
    assert_eq!(results[0], json!({"id": "h", "ret": hex(&5f64.to_le_bytes())}));
}
