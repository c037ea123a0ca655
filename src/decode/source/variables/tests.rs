//! Reads in sources, one line each.

use super::*;

/// Returns the reads of the files: `NAME`, `?` for an unknown name, `PREFIX_?`. Test code has a `t:`.
fn reads(files: &[&str]) -> String {
    // Reads of a name in one line are one.
    let files = files.iter().map(|text| text.replace("; ", ";\n"));
    let facts: Vec<VariableFacts> = files.map(|text| facts(&text)).collect();
    let mut found: Vec<String> = resolve(&facts)
        .into_iter()
        .map(|read| {
            let test = if read.is_test { "t:" } else { "" };
            let name = read.name.unwrap_or_else(|| format!("{}?", read.prefix));
            format!("{test}{name}")
        })
        .collect();
    found.sort();
    found.join(" ")
}

#[test]
fn names_are_literals_constants_and_parameters() {
    let table: [(&[&str], &str); 62] = [
        (
            &["fn f() { env::var(\"A\"); std::env::var_os(\"B\"); }"],
            "A B",
        ),
        (
            &["use std::env::{self, var}; fn f() { var(\"A\"); var_os(\"B\"); }"],
            "A",
        ),
        (&["fn f() { x.var(\"A\"); other::var(\"B\"); }"], ""),
        (
            &["const A: &str = env!(\"A\"); static B: Option<&str> = option_env!(\"B\", \"m\");"],
            "A B",
        ),
        (
            &["#![doc = env!(\"A\")] #[doc = concat!(\"x\", option_env!(\"B\"))] struct S;"],
            "A B",
        ),
        (
            &["// env::var(\"A\")\n/// env::var(\"B\")\nfn f() { \"env::var(C)\"; }"],
            "",
        ),
        (
            &["const N: &str = \"A\"; fn f() { env::var(N); env::var(Self::N); env::var(&*N); }"],
            "A A A",
        ),
        (
            &[
                "pub const N: &str = \"A\";",
                "fn f() { env::var(crate::names::N); }",
            ],
            "A",
        ),
        (
            &[
                "const N: &str = \"A\";",
                "const N: &str = \"B\";",
                "fn f() { env::var(N); }",
            ],
            "?",
        ),
        (
            &[
                "impl T for A { const N: &str = \"A\"; }",
                "impl T for B { const N: &str = \"B\"; }",
                "trait T { fn f() { env::var(Self::N); } }",
            ],
            "A B",
        ),
        (&["fn f() { env::var(UNKNOWN); env::var(name()); }"], "? ?"),
        (
            &["fn f(c: &str) { env::var(format!(\"APP_{c}\")); env::var(concat!(\"A\", \"B\")); }"],
            "AB APP_?",
        ),
        (
            &[
                "fn get(n: &str) -> String { env::var(n) } fn f() { get(\"A\"); m::get(\"B\"); x.get(\"C\"); }",
            ],
            "A B",
        ),
        (
            &[
                "fn get<T: X<Y>>(d: T, n: &str) { env::var(n.as_ref()) }",
                "fn f() { get(\"X\", \"A\"); }",
            ],
            "A",
        ),
        (
            &[
                "fn a(n: &str) { env::var(n) } fn b(n: &str) { a(n) } fn c(n: &str) { b(n) }",
                "fn f() { c(\"A\"); }",
            ],
            "A",
        ),
        (
            &["fn a(n: &str) { let n = other(n); env::var(n) } fn f() { a(\"A\"); }"],
            "?",
        ),
        (&["fn never_called(n: &str) { env::var(n); }"], "?"),
        (
            &[
                "struct E; impl E { fn get(&self, n: &str) { env::var(n) } } fn f() { e.get(\"A_B\"); m.get(\"key\"); }",
            ],
            "A_B",
        ),
        (
            &[
                "impl E { fn get(n: &str) { env::var(n) } fn f() { Self::get(\"a\"); E::get(\"b\"); M::get(\"c\"); } }",
            ],
            "a b",
        ),
        (
            &[
                "fn f() { let get = |n: &str| env::var(n).ok(); get(\"A\"); } fn g() { got(\"B\"); }",
            ],
            "A",
        ),
        (
            &["fn f() { let get = move |n| { env::var(n).ok() }; get(\"A\"); }"],
            "A",
        ),
        (
            &["fn f() { for n in [\"A\", \"B\"] { env::var(n); } }"],
            "A B",
        ),
        (
            &[
                "const N: [&str; 2] = [\"A\", \"B\"]; fn f() { for n in N { env::var(n); } for n in &N { env::var(n); } }",
            ],
            "A A B B",
        ),
        (
            &["fn f() { [\"A\", \"B\"].iter().find_map(|n| env::var(n).ok()); }"],
            "A B",
        ),
        (
            &["fn f() { [\"A\", \"B\"].map(env::var); names().map(std::env::var_os); }"],
            "? A B",
        ),
        (
            &["fn f() { let n = \"A\"; env::var(n); let n = String::from(\"B\"); env::var(&n); }"],
            "A B",
        ),
        (
            &["macro_rules! var { ($n:expr) => { std::env::var($n) }; } fn f() { var!(\"A_B\"); }"],
            "A_B",
        ),
        (&["fn f() { for (k, v) in env::vars() {} }"], "?"),
        (
            &["#[cfg(test)] mod tests { fn f() { env::var(\"A\"); } } fn g() { env::var(\"B\"); }"],
            "B t:A",
        ),
        (
            &["#[test] fn f() { env::var(\"A\"); } fn g() { env::var(\"B\"); }"],
            "B t:A",
        ),
        (&["#[cfg(not(test))] fn f() { env::var(\"A\"); }"], "A"),
        (&["#![cfg(test)] fn f() { env::var(\"A\"); }"], "t:A"),
        (
            &[
                "struct A { #[arg(long, env = \"A\")] a: u8, #[clap(env)] some_port: u8, #[arg(long)] c: u8 }",
            ],
            "A SOME_PORT",
        ),
        (
            &[
                "fn f() { Arg::new(\"a\").env(\"A\").env(B); Command::new(\"x\").env(\"C\", \"1\"); } const B: &str = \"B\";",
            ],
            "A B",
        ),
        (
            &[
                "#[derive(Envconfig)] struct A { #[envconfig(from = \"A\", default = \"1\")] a: u8 }",
            ],
            "A",
        ),
        (
            &[
                "struct C { host: String, #[serde(rename = \"x\")] port: u8 } fn f() { envy::prefixed(\"APP_\").from_env::<C>(); Env::prefixed(\"FIG_\"); Environment::with_prefix(\"CFG\"); }",
            ],
            "APP_HOST APP_X CFG_? FIG_?",
        ),
        (
            &[
                "impl E { fn get(&self, n: &str) { env::var(n) } fn f(&self) { self.get(\"A_B\"); self.get(&format!(\"{a}_URL\")); self.get(&name); } }",
            ],
            "? ? A_B",
        ),
        (
            &[
                "impl E { fn get(&self, n: &str) { env::var(n) } fn f(&self) { e.get(\"A_B\"); list.get(0); list.get('a'); } }",
            ],
            "A_B",
        ),
        (
            &["use std::env::vars; fn f() { for (k, v) in vars() {} }"],
            "?",
        ),
        (&["fn f() { use std::env::vars_os; vars_os(); }"], "?"),
        (
            &["fn f() { v(\"A\"); [\"B\"].map(v); } use std::env::var as v;"],
            "A B",
        ),
        (
            &["use std::env as e; fn f() { e::var(\"A\"); e::vars(); }"],
            "? A",
        ),
        (
            &["use std::env::*; fn f() { var(\"A\"); vars(); x.vars(); }"],
            "? A",
        ),
        (
            &[
                "use std::{env::{self as ee, var as v}, fs}; fn f() { v(\"A\"); ee::var_os(\"B\"); }",
            ],
            "A B",
        ),
        (
            &["mod sys { pub use std::env::var as read; } fn f() { sys::read(\"A\"); }"],
            "A",
        ),
        (
            &[
                "pub(crate) use std::env::var;",
                "fn f() { crate::sys::var(\"A\"); }",
            ],
            "A",
        ),
        (
            &[
                "pub use std::env as os;",
                "fn f() { crate::os::var(\"A\"); }",
            ],
            "?",
        ),
        (&["pub use std::env::*;"], "?"),
        (
            &[
                "pub use std::env; pub use crate::env::*; use super::env as e; fn f() { e::var(\"A\"); }",
            ],
            "",
        ),
        (&["fn f() -> impl X + use<'_> { env::var(\"A\"); }"], "A"),
        (
            &[
                "#[cfg(any(test, unix))] fn f() { env::var(\"A\"); } #[cfg(any(feature = \"x\", test))] fn g() { env::var(\"B\"); }",
            ],
            "A B",
        ),
        (
            &[
                "#[cfg(all(unix, test))] fn f() { env::var(\"A\"); } #[cfg(any(test, doctest))] fn g() { env::var(\"B\"); } #[cfg(all(unix, not(test)))] fn h() { env::var(\"C\"); }",
            ],
            "C t:A t:B",
        ),
        (
            &[
                "#[cfg(test)] mod t {} fn f() { env::var(\"A\"); } struct S { #[cfg(test)] a: u8, b: u8 } impl S { fn f() { env::var(\"B\"); } }",
            ],
            "A B",
        ),
        (
            &["#[cfg(test)] pub fn f<A, B>(a: A, b: B) -> Result<A, B> { env::var(\"A\"); }"],
            "t:A",
        ),
        (
            &[
                "fn f(n: &str) { env::var(\"a\".to_uppercase()); env::var(n.to_ascii_uppercase()); env::var(\"B\".to_owned()); }",
            ],
            "? ? B",
        ),
        (
            &[
                "fn f() { [\"a\"].iter().map(|n| env::var(n.to_uppercase())); env::var(Key::new(\"A\")); }",
            ],
            "? ?",
        ),
        (
            &["fn f() { let mut n = \"A\"; if x { n = \"B\"; } env::var(n); }"],
            "?",
        ),
        (
            &["fn f() { let n; if x { n = \"A\"; } else { n = \"B\"; } env::var(n); }"],
            "?",
        ),
        (
            &[
                "fn f(n: &str) { for (n, m) in list() { env::var(n); } let (n, m) = g(); env::var(n); }",
            ],
            "? ?",
        ),
        (
            &["fn get(mut n: &str) { n = \"A\"; env::var(n); } fn f() { get(\"B\"); }"],
            "?",
        ),
        (
            &["static mut N: &str = \"A\"; fn f() { env::var(N); }"],
            "?",
        ),
        (
            &[
                "struct A { #[arg(long, env(\"A\"))] a: u8, #[cfg_attr(feature = \"cli\", arg(long, env = \"B\"), serde(skip))] b: u8, #[cfg_attr(x, arg(env))] c: u8 }",
            ],
            "A B C",
        ),
    ];
    let mut wrong = Vec::new();
    for (files, expected) in table {
        let found = reads(files);
        if found != expected {
            wrong.push(format!("{files:?}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn documents_name_variables_in_words_and_assignments() {
    let text = "Set `APP_PORT` or \\fBAPP\\_HOST\\fR (not PORT, app_x or A_).\nAPP_1=";
    let found: Vec<(u32, String)> = words(text).collect();
    let expected = [(1, "APP_PORT"), (1, "APP_HOST"), (2, "APP_1")];
    assert_eq!(found, expected.map(|(line, name)| (line, name.to_owned())));
    let text = "# Where to listen = here\nHOST=x\n#PORT = 1\nexport A_B=\n9=1\n\nnone";
    let found: Vec<(u32, String)> = assignments(text).collect();
    let expected = [(2, "HOST"), (3, "PORT"), (4, "A_B")];
    assert_eq!(found, expected.map(|(line, name)| (line, name.to_owned())));

    let text = "\u{feff}A_A=1\nexport  B_B=2\nexport\tC_C=3\nexported=4\n\
                KEY=\"first\nD_D=no\n\\\"E_E=no\n\" # end\nF_F='one' # it's\n\
                G_G='a\nH_H=no\n'\n# I_I=\"open\nJ_J=\"never closed\nK_K=5";
    let found: Vec<String> = assignments(text).map(|(_, name)| name).collect();
    let expected = "A_A B_B C_C exported KEY F_F G_G I_I J_J K_K";
    assert_eq!(found.join(" "), expected);
}
