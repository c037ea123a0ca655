use super::super::{counts, has_doctest, has_test};
use super::*;
use crate::tests::{HOSTILE, hostile};

/// Items as `path first-last`.
fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> = outline(text)
        .into_iter()
        .map(|i| format!("{} {}-{}", i.path, i.first, i.last))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn items_are_named_by_what_encloses_them() {
    check(
        "mod a {\n  impl Foo {\n    fn x() {}\n  }\n  impl Drop for Foo { fn drop(&mut self) {} }\n}\n",
        &[
            "a 1-6",
            "a::Foo 2-4",
            "a::Foo::x 3-3",
            "a::<Foo as Drop> 5-5",
            "a::<Foo as Drop>::drop 5-5",
        ],
    );
    check(
        "struct A;\nstruct B(u8);\nenum C {\n X,\n}\nunion D { x: u8 }\ntrait E {\n fn f();\n const G: u8;\n}\nmod far;\n",
        &[
            "A 1-1",
            "B 2-2",
            "C 3-5",
            "D 6-6",
            "E 7-10",
            "E::f 8-8",
            "E::G 9-9",
            "far 11-11",
        ],
    );
    check(
        "fn f() {\n  fn g() {\n    struct H {}\n  }\n}",
        &["f 1-5", "f::g 2-4", "f::g::H 3-3"],
    );
    check(
        "macro_rules! m {\n () => {};\n}\nextern \"C\" {\n fn c();\n}",
        &["m 1-3", "c 5-5"],
    );
}

#[test]
fn impls_of_the_same_name_have_their_headers_in_paths() {
    check(
        "impl From<io::Error> for E { fn from() {} }\nimpl From<a::Error> for E {}\nimpl E {}\nimpl E { fn x() {} }",
        &[
            "impl From<io::Error>for E 1-1",
            "impl From<io::Error>for E::from 1-1",
            "impl From<a::Error>for E 2-2",
            "E 3-3",
            "E 4-4",
            "E::x 4-4",
        ],
    );
}

#[test]
fn documentation_attributes_and_visibility_belong_to_the_item() {
    check(
        "//! inner\n#![allow(x)]\n\n/// doc\n#[inline]\npub(crate) unsafe fn f() {\n}\n",
        &["f 4-7"],
    );
    check(
        "use a;\n// plain\nfn f() {}\n\n/** doc\n*/ #[a { b }]\nfn g() {}",
        &["f 3-3", "g 7-7"],
    );
}

#[test]
fn constants_span_to_their_semicolon_whatever_they_hold() {
    check(
        "const A: [u8; 2] = [\n 1, { 2 },\n];\nstatic mut B: u8 = { fn f() {} 3 };\nfn g() {}",
        &["A 1-3", "B 4-4", "B::f 4-4", "g 5-5"],
    );
    check(
        "const _: () = {\n impl X for Y {\n  fn z() {}\n }\n};",
        &["<Y as X> 2-4", "<Y as X>::z 3-3"],
    );
    check(
        "fn f() { const A: u8 = 1 }\nfn g() {}",
        &["f 1-1", "f::A 1-1", "g 2-2"],
    );
    check(
        "const fn f<const N: usize>(x: *const u8) {\n let c = const { 1 };\n}",
        &["f 1-3"],
    );
}

#[test]
fn keywords_elsewhere_begin_no_item() {
    check(
        "fn f(x: impl Fn(u8) -> [u8; { 3 }]) -> impl Foo<{ N }>\nwhere\n T: X,\n{\n}\nfn g() {}",
        &["f 1-5", "g 6-6"],
    );
    check(
        "type F = fn(u8) -> u8;\nlet union = 3; let x: fn() = y;\n\"fn s() {\"; // fn c() {\nfn g() {}",
        &["g 4-4"],
    );
    check(
        "struct r#fn { x: fn(), y: u8 }\nimpl<'a> r#fn {}",
        &["r#fn 1-1", "r#fn 2-2"],
    );
    check("x! { fn in_macro() {} }", &["in_macro 1-1"]);
}

#[test]
fn text_that_does_not_end_still_has_items() {
    check("mod a {\n fn b() {\n", &["a 1-2", "a::b 2-2"]);
    check("}}} fn a() {}\n) ] fn b() {}", &["a 1-1", "b 2-2"]);
    for text in [
        "fn",
        "fn f",
        "impl",
        "impl {",
        "const",
        "macro_rules!",
        "union",
        "#![",
        "static mut",
    ] {
        assert!(outline(text).len() <= 1, "{text}");
    }
    assert!(outline(&"mod a {".repeat(5000)).len() <= NESTED);
}

#[test]
fn hostile_sources_are_read_in_linear_time() {
    let pieces = [
        "impl ",
        "fn a",
        "fn a(",
        "mod a{",
        "const A:",
        "'\\",
        "'a",
        "r#",
        "b'",
        "/*",
        "/**",
        "\"",
        "#[",
        "#![",
        "x\n",
        "//\n",
        "///```\n",
        "r##\"",
        "macro_rules!",
        "unsafe{",
        "todo!(",
        "::<",
    ];
    for text in hostile(&pieces) {
        let items = outline(&text);
        assert!(items.len() <= HOSTILE / 4);
        assert!(counts(&text).code <= text.lines().count() as u32);
        assert!(!has_test(&text));
        has_doctest(&text);
    }
}

#[test]
fn items_in_a_long_name_are_not_told_apart() {
    let text = format!(
        "mod {} {{ {} }}",
        "a".repeat(HOSTILE),
        "fn b() {} ".repeat(HOSTILE / 10)
    );
    let bytes: usize = outline(&text).iter().map(|item| item.path.len()).sum();
    assert!(bytes < HOSTILE);
}
