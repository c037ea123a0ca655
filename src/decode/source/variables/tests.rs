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
    let table: [(&[&str], &str); 35] = [
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
                "fn get<T: X<Y>>(d: T, mut n: &str) { env::var(n.as_ref()) }",
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
}
