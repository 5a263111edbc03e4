//! `eightbyte layout --json`: parsed back, and judged by gcc.

use super::{directory, file, run, run_with};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

const RECORDS: &str = "
struct inner { char c; double d; };
struct outer {
    char tag;
    struct inner in;
    short m[2][3];
    union { int i; long long wide; };
    struct inner list[2];
    float f;
};
union either { char a[5]; int b; };
typedef struct { void *p; char c; } named;
enum color { RED = -1, BLUE = 5 };
";

/// C expressions, and where their numbers stand in the JSON.
fn questions(object: &Value) -> Vec<(String, i128)> {
    let mut found = Vec::new();
    for ty in object["types"].as_array().expect("types is a list") {
        let name = ty["name"].as_str().expect("a type has a name");
        let number = |value: &Value| value.to_string().parse::<i128>().expect("a number");
        found.push((format!("sizeof({name})"), number(&ty["size"])));
        found.push((format!("_Alignof({name})"), number(&ty["align"])));
        if let Some(signed) = ty["signed"].as_bool() {
            found.push((format!("({name})-1 < 0"), signed.into()));
        }
        for (constant, value) in ty["constants"].as_object().into_iter().flatten() {
            found.push((constant.clone(), number(value)));
        }
        for field in ty["fields"].as_array().into_iter().flatten() {
            let path = field["path"].as_str().expect("a field has a path");
            found.push((format!("__builtin_offsetof({name}, {path})"), number(&field["offset"])));
            found.push((format!("sizeof((({name} *)0)->{path})"), number(&field["size"])));
        }
    }
    found
}

#[test]
fn gcc_agrees_with_every_number() {
    let here = directory("gcc");
    let header = file(&here, "a.h", RECORDS);
    let ran = run(&["layout", "--json", "--target", "x86_64-linux-gnu", &header]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    let object: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!((&object["format"], &object["target"]), (&"c-layout/1".into(), &"x86_64-linux-gnu".into()));
    let questions = questions(&object);
    assert!(questions.len() > 40, "{questions:?}");

    let mut program = format!("#include <stdio.h>\n{RECORDS}\nint main(void) {{\n");
    for (expression, _) in &questions {
        program += &format!("printf(\"%lld\\n\", (long long)({expression}));\n");
    }
    let source = file(&here, "a.c", &(program + "return 0; }\n"));
    let binary = here.join("a.out");
    let compiled = Command::new("gcc").args(["-w", "-o"]).arg(&binary).arg(&source).status();
    // The judge is an x86-64 Linux machine with gcc; elsewhere there is none.
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) || compiled.is_err() {
        return;
    }
    assert!(compiled.expect("gcc runs").success());
    let answers = Command::new(&binary).output().expect("the judge runs").stdout;
    let answers: Vec<i128> =
        String::from_utf8_lossy(&answers).lines().map(|line| line.parse().expect("a number")).collect();
    for ((expression, ours), gcc) in questions.iter().zip(answers) {
        assert_eq!(*ours, gcc, "{expression}");
    }
}

#[test]
fn rows_are_those_of_the_format() {
    let text = "struct s { unsigned a : 3, b : 9; struct { int x, y[2]; } in; int tail[]; };\n\
                enum big { TOP = 0xffffffffffffffff }; typedef unsigned word;";
    let ran = run_with(text, &["layout", "--json", "--target", "x86_64-linux-gnu", "-"]);
    let object: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    let types: BTreeMap<&str, &Value> = object["types"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|ty| (ty["name"].as_str().unwrap_or(""), ty))
        .collect();
    assert_eq!(types.keys().copied().collect::<Vec<_>>(), ["enum big", "struct s", "word"]);
    assert_eq!(types["enum big"]["constants"]["TOP"].as_u64(), Some(u64::MAX));
    assert_eq!(types["word"]["kind"], "typedef");
    let fields = types["struct s"]["fields"].as_array().expect("a record has fields");
    let paths: Vec<&str> = fields.iter().filter_map(|field| field["path"].as_str()).collect();
    assert_eq!(paths, ["a", "b", "in", "in.x", "in.y", "in.y[0]", "tail", "tail[0]"]);
    let expected: Value = serde_json::json!(
        {"path": "b", "offset": 0, "bit_offset": 3, "bit_width": 9, "type": "unsigned int", "signed": false}
    );
    assert_eq!(fields[1], expected);
    assert_eq!(fields[6]["size"], 0);
}

#[test]
fn each_target_has_a_line() {
    let ran = run_with(
        "struct s { long l; };",
        &["layout", "--json", "--target", "x86_64-linux-gnu", "--target", "i686-linux-gnu", "-"],
    );
    let sizes: Vec<Option<u64>> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("it is JSON")["types"][0]["size"].as_u64())
        .collect();
    assert_eq!(sizes, [Some(8), Some(4)]);
}

#[test]
fn picked_types_alone() {
    let ran = run_with(RECORDS, &["layout", "--json", "--type", "inner", "--type", "int[4]", "-"]);
    let object: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(object["types"][0]["name"], "struct inner");
    assert_eq!(object["types"][1]["size"], 16);
    assert_eq!(object["types"].as_array().map(Vec::len), Some(2));
}

#[test]
fn too_many_rows_are_an_error() {
    let mut text = "struct s0 { int a, b, c, d, e, f, g, h; };\n".to_string();
    for level in 1..7 {
        let members: String = (0..8).map(|n| format!("struct s{} m{n}; ", level - 1)).collect();
        text += &format!("struct s{level} {{ {members} }};\n");
    }
    let ran = run_with(&text, &["layout", "--json", "-"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(1)));
    assert!(ran.stderr.contains("100000"), "{}", ran.stderr);
}
