//! `doc.warnings` against what rustdoc prints, and `doc.missing` and `doc.coverage` against a count by hand, in passes that leave the user's own documentation alone.

use serde_json::Value;

use crate::harness::Sandbox;

/// 17 public items: the crate, `A`, `A::x`, `A::y`, `E`, `E::One`, `E::Two`, `A::m`, `A::n`, `T`, `T::t`, `T::u`, `inner`,
/// `inner::f`, `C`, `mac!` and `again`. Six say what they are.
const LIBRARY: &str = r#"//! A library.

/// Documented, as one of its fields.
pub struct A {
    /// Documented.
    pub x: u8,
    pub y: u8,
    z: u8,
}
pub enum E {
    /// Documented.
    One,
    Two(u8),
}
impl A {
    /// Documented.
    pub fn m(&self) -> u8 {
        self.private()
    }
    pub fn n(&self) {}
    fn private(&self) -> u8 {
        self.z
    }
}
impl Clone for A {
    fn clone(&self) -> A {
        A { x: self.x, y: self.y, z: self.z }
    }
}
pub trait T {
    /// Documented.
    fn t();
    fn u();
}
impl T for A {
    fn t() {}
    fn u() {}
}
pub mod inner {
    pub fn f() {}
    #[doc(hidden)]
    pub fn hidden() {}
}
mod private {
    pub fn again() {}
}
pub use private::again;
#[allow(missing_docs)]
pub fn allowed() {}
pub const C: u8 = 1;
#[macro_export]
macro_rules! mac {
    () => {};
}
"#;

/// `value {package value}` of a metric.
fn figure(report: &Value, metric: &str) -> (Option<f64>, Option<f64>) {
    let reading = &report["metrics"][metric];
    (
        reading["value"].as_f64(),
        reading["packages"]["counted"].as_f64(),
    )
}

#[test]
fn documented_items_are_those_that_a_person_counts() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"counted\"\nversion = \"1.0.0\"\nedition = \"2024\"\n",
    );
    sandbox.write(".gitignore", "/target\n");
    sandbox.write("src/lib.rs", LIBRARY);
    sandbox.write("src/main.rs", "fn main() {}\n");
    sandbox.write(
        "campaign.toml",
        "[collect.doc]\nmissing = true\n[gates]\n'doc.coverage' = '>= 36%'\n",
    );
    sandbox.git_init();
    assert_eq!(sandbox.cargo(&["doc", "--no-deps"]).code, 0);
    // What did not change is not documented again, and counts the same.
    for _ in 0..2 {
        let out = sandbox.campaign(&["run", "doc"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        let out = sandbox.campaign(&["report", "--format", "json"]);
        let report: Value =
            serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", out.stderr));
        let share = 100.0 * 6.0 / 17.0;
        let reading = &report["metrics"]["doc.coverage"];
        assert_eq!(
            figure(&report, "doc.coverage"),
            (Some(share), Some(share)),
            "{reading}: {}",
            out.stderr
        );
        assert_eq!(figure(&report, "doc.missing").1, Some(11.0));
        assert_eq!(report["gates"][0]["verdict"], "fail");
    }
    let again = sandbox.cargo(&["doc", "--no-deps", "-v"]);
    assert!(again.stderr.contains("Fresh counted"), "{}", again.stderr);
}

#[test]
fn warnings_are_those_that_rustdoc_prints() {
    for (missing, source, expected) in [
        (false, "#![warn(rustdoc::broken_intra_doc_linkz)]", 1),
        (
            false,
            "#![warn(missing_docs)]\n#[cfg(doc)]\npub mod guide {}",
            1,
        ),
        (
            true,
            "#![warn(missing_docs)]\n#[cfg(doc)]\npub mod guide {}",
            1,
        ),
        (true, "pub mod undocumented {}", 0),
        (false, "pub const C: u8 = (1);\npub struct lower;", 2),
        (false, "fn unused() { let x = 1; }", 0),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.write(
            "Cargo.toml",
            "[package]\nname = \"counted\"\nversion = \"1.0.0\"\nedition = \"2024\"\n",
        );
        sandbox.write("src/lib.rs", &format!("//! A library.\n{source}\n"));
        // `cargo doc` checks the library for the program.
        sandbox.write("src/main.rs", "fn main() {}\n");
        sandbox.write(
            "campaign.toml",
            &format!("[collect.doc]\nmissing = {missing}\n"),
        );
        let out = sandbox.campaign(&["run", "doc"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        let out = sandbox.campaign(&["report", "--format", "json"]);
        let report: Value = serde_json::from_str(&out.stdout).expect("a report");
        assert_eq!(
            figure(&report, "doc.warnings").0,
            Some(f64::from(expected)),
            "{source}"
        );
        let strict = sandbox.cargo(&["rustdoc", "--lib", "--", "-Dwarnings"]);
        assert_eq!(
            strict.code == 0,
            expected == 0,
            "{source}: {}",
            strict.stderr
        );
    }
}
