use crate::collector::tests::{check, fold, plan, shown, workspace};

#[test]
fn a_diagnostic_counts_once_for_its_package_and_clippy_answers_check() {
    check(
        "clippy: clippy check
         check by clippy",
        &["a", "b"],
        "start clippy
         unit dep lib dep fresh
         warning a clippy::needless_return src/lib.rs:3 unneeded `return`
         warning a clippy::needless_return src/lib.rs:3 unneeded `return`
         error b clippy::absurd b/src/lib.rs:3 absurd
         warning a clippy::needless_return src/lib.rs:8 unneeded `return`
         warning a unused_variables a/src/lib.rs:4 unused variable: `x`
         warning b dead_code b/src/lib.rs:4 never used
         warning elsewhere dead_code e/src/lib.rs:4 never used
         warning a - - 2 warnings emitted
         warning a - a/src/lib.rs:9 something with 3 `things`
         outline src/lib.rs 1-5 Pool::get
         unit a lib a
         unit a lib a test
         finished false
         end 101",
        "clippy 1/3 Partial(\"clippy stopped at denied lints in b: clippy::absurd\")
         check.errors ? >= 0 clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings) {a 0}
         check.warnings ? >= 3 clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings) {a 2}
         clippy.errors ? >= 1 clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings) {a 0}
         clippy.lint.absurd ? >= 1 clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings) {a 0}
         clippy.lint.needless_return ? >= 2 clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings) {a 2}
         clippy.time ? clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings)
         clippy.warnings ? >= 2 clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings) {a 2}
         rustc.dead_code ? >= 1 clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings) {a 0}
         rustc.unused ? >= 1 clippy stopped at denied lints in b: clippy::absurd (cap-lints = true in [collect.clippy] counts denied lints as warnings) {a 1}
         check a Warning a/src/lib.rs:9 msg:something with _ `_` [] x1
         check a Warning a/src/lib.rs:4 unused_variables [] x1
         check b Warning b/src/lib.rs:4 dead_code [] x1
         clippy a Warning src/lib.rs:8 clippy::needless_return [] x1
         clippy a Warning src/lib.rs:3 clippy::needless_return [Pool::get] x2
         clippy b Error b/src/lib.rs:3 clippy::absurd [] x1
         check covers [a]
         clippy covers [a]",
    );
}

#[test]
fn full_disk_errors_are_not_findings() {
    let script = "start check
         unit a lib a
         unit a lib a test
         finished true
         end 0
         start test
         error a - - linking with `cc` failed: exit status: 1: [Bus error]
         finished false
         end 101";
    let (snapshot, _) = fold(&plan("check\ntest"), &workspace(&["a"]), &[], script);
    assert_eq!(snapshot.findings, []);
}

#[test]
fn test_step_covers_packages_that_clippy_did_not_reach() {
    check(
        "clippy: clippy check
         test
         check by clippy",
        &["a", "b"],
        "start clippy
         error a clippy::absurd a/src/lib.rs:3 absurd
         warning a dead_code a/src/lib.rs:4 never used
         finished false
         end 101
         start test
         warning a dead_code a/src/lib.rs:4 never used
         warning b unused_mut b/src/lib.rs:4 need not be mutable
         warning b linker_messages - linker stderr
         finished true
         end 0",
        "clippy 0/0 Partial(\"clippy stopped at denied lints in a: clippy::absurd; 1 not reached: b\")
         test 0/0 Whole
         check.errors 0 {a 0, b 0}
         check.warnings 2 {a 1, b 1}
         clippy.errors ? >= 1 clippy stopped at denied lints in a: clippy::absurd; 1 not reached: b (cap-lints = true in [collect.clippy] counts denied lints as warnings)
         clippy.lint.absurd ? >= 1 clippy stopped at denied lints in a: clippy::absurd; 1 not reached: b (cap-lints = true in [collect.clippy] counts denied lints as warnings)
         clippy.time ? clippy stopped at denied lints in a: clippy::absurd; 1 not reached: b (cap-lints = true in [collect.clippy] counts denied lints as warnings)
         clippy.warnings ? >= 0 clippy stopped at denied lints in a: clippy::absurd; 1 not reached: b (cap-lints = true in [collect.clippy] counts denied lints as warnings)
         rustc.dead_code 1 {a 1, b 0}
         rustc.unused 1 {a 0, b 1}
         test.doc.failed 0 {a 0, b 0}
         test.doc.ignored 0 {a 0, b 0}
         test.doc.passed 0 {a 0, b 0}
         test.doc.total 0 {a 0, b 0}
         test.failed 0 {a 0, b 0}
         test.ignored 0 {a 0, b 0}
         test.incomplete 0 {a 0, b 0}
         test.pass_rate ? no test ran
         test.passed 0 {a 0, b 0}
         test.time 4
         test.total 0 {a 0, b 0}
         check a Warning a/src/lib.rs:4 dead_code [] x1
         check b Warning b/src/lib.rs:4 unused_mut [] x1
         clippy a Error a/src/lib.rs:3 clippy::absurd [] x1
         check covers [a b]
         clippy covers []",
    );
}

#[test]
fn errors_of_code_generation_belong_to_the_step_that_builds() {
    check(
        "check
         build",
        &["a: lib bin example? build?"],
        "start check
         warning a dead_code a/src/lib.rs:4 never used
         finished true
         end 0
         start build
         warning a dead_code a/src/lib.rs:4 never used
         warning a linker_messages - linker stderr
         error a E0080 a/src/lib.rs:7 evaluation panicked
         finished false
         end 101 warning: a@0.1.0: old compiler\\nwarning: dep@0.1.0: not ours\\nwarning: unused: x",
        "check 0/0 Whole
         build 0/0 Partial(\"a did not compile; error at a/src/lib.rs:7:5: evaluation panicked (E0080)\")
         build.errors ? >= 1 a did not compile; error at a/src/lib.rs:7:5: evaluation panicked (E0080) (cargo)
         build.script_warnings ? a did not compile; error at a/src/lib.rs:7:5: evaluation panicked (E0080) (cargo)
         build.time ? a did not compile; error at a/src/lib.rs:7:5: evaluation panicked (E0080) (cargo)
         build.warnings ? >= 2 a did not compile; error at a/src/lib.rs:7:5: evaluation panicked (E0080) (cargo)
         check.errors 0 {a 0}
         check.time 4
         check.warnings 1 {a 1}
         rustc.dead_code 1 {a 1}
         rustc.unused 0 {a 0}
         check a Warning a/src/lib.rs:4 dead_code [] x1
         build a Warning - linker_messages [] x1
         build a Error a/src/lib.rs:7 E0080 [] x1
         build a Warning a/src/lib.rs:4 dead_code [] x1
         check covers [a]
         build covers []",
    );
}

#[test]
fn doc_counts_what_rustdoc_reports_and_undocumented_items_if_configured() {
    check(
        "doc
         doc-missing: doc",
        &["a", "b"],
        "start doc
         warning a rustdoc::broken_intra_doc_links a/src/lib.rs:1 unresolved link to `x`
         warning a unknown_lints a/src/lib.rs:2 unknown lint: `rustdoc::nope`
         warning a - a/src/lib.rs:3 multiple lines skipped by escaped newline
         warning a E0566 a/src/lib.rs:4 conflicting representation hints
         warning b unused_variables b/src/lib.rs:1 unused variable
         warning b unused_parens b/src/lib.rs:1 unnecessary parentheses
         warning b missing_docs b/src/lib.rs:2 missing documentation for a function
         unit a lib a
         unit b lib b
         finished true
         end 0
         start doc-missing
         warning a rustdoc::broken_intra_doc_links a/src/lib.rs:1 unresolved link to `x`
         warning a campaign::documented - 6 of 8
         warning b campaign::documented - 3 of 12
         warning b missing_docs b/src/lib.rs:2 missing documentation for a function
         warning b missing_docs b/src/lib.rs:3 missing documentation for a module
         unit a lib a
         unit b lib b
         finished true
         end 0",
        "doc 0/2 Whole
         doc-missing 0/2 Whole
         doc.coverage 45 {a 75, b 25}
         doc.errors 0 {a 0, b 0}
         doc.missing 2 {a 0, b 2}
         doc.time 4 fresh 0
         doc.warnings 6 {a 4, b 2}
         doc a Warning a/src/lib.rs:4 E0566 [] x1
         doc a Warning a/src/lib.rs:3 msg:multiple lines skipped by escaped newline [] x1
         doc a Warning a/src/lib.rs:1 rustdoc::broken_intra_doc_links [] x1
         doc a Warning a/src/lib.rs:2 unknown_lints [] x1
         doc b Warning b/src/lib.rs:2 missing_docs [] x1
         doc b Warning b/src/lib.rs:2 undocumented [] x1
         doc b Warning b/src/lib.rs:3 undocumented [] x1
         doc b Warning b/src/lib.rs:1 unused_parens [] x1
         doc covers [a b]",
    );
}

#[test]
fn doc_coverage_needs_the_counts_of_every_library() {
    for (members, said, expected) in [
        (
            &["a", "b"][..],
            "a campaign::documented - 6 of 8",
            "doc.coverage ? rustdoc did not count the items of b {a 75}",
        ),
        (
            &["a", "b: bin"],
            "a campaign::documented - 6 of 8",
            "doc.coverage 75 {a 75}",
        ),
        (
            &["a"],
            "a campaign::documented - 0 of 0",
            "doc.coverage ? there are no public items",
        ),
        (
            &["a"],
            "a campaign::documented - 9 of 8",
            "doc.coverage ? rustdoc did not count the items of a",
        ),
        (
            &["a"],
            "a missing_docs a/src/lib.rs:2 6 of 8",
            "doc.coverage ? rustdoc did not count the items of a",
        ),
        (
            &["a: bin"],
            "a unused_variables a/src/main.rs:1 x",
            "doc.coverage ? there are no public items",
        ),
    ] {
        let units = "unit a lib a\nunit b lib b\n";
        let script = format!(
            "start doc\n{units}finished true\nend 0\nstart doc-missing\nwarning {said}\n{units}finished true\nend 0"
        );
        let (snapshot, steps) = fold(
            &plan("doc\ndoc-missing: doc"),
            &workspace(members),
            &[],
            &script,
        );
        let shown = shown(&snapshot, &steps);
        assert!(
            shown.iter().any(|line| line == expected),
            "{members:?} {said}: {shown:?}"
        );
    }
}

#[test]
fn a_package_without_documentation_hides_its_warnings() {
    check(
        "doc",
        &["a", "b", "c: test"],
        "start doc
         warning a rustdoc::bare_urls a/src/lib.rs:1 bare url
         error b E0308 b/src/lib.rs:1 mismatched types
         unit a lib a
         unit b lib b
         finished false
         end 101",
        "doc 0/2 Partial(\"1 of 3 packages did not compile: b; error at b/src/lib.rs:1:5: mismatched types (E0308)\")
         doc.errors ? >= 1 1 of 3 packages did not compile: b; error at b/src/lib.rs:1:5: mismatched types (E0308) (cargo) {a 0, c 0}
         doc.time ? 1 of 3 packages did not compile: b; error at b/src/lib.rs:1:5: mismatched types (E0308) (cargo)
         doc.warnings ? >= 1 1 of 3 packages did not compile: b; error at b/src/lib.rs:1:5: mismatched types (E0308) (cargo) {a 1, c 0}
         doc a Warning a/src/lib.rs:1 rustdoc::bare_urls [] x1
         doc b Error b/src/lib.rs:1 E0308 [] x1
         doc covers [a c]",
    );
}

#[test]
fn build_script_does_not_count_as_documentation() {
    check(
        "doc",
        &["a", "b"],
        "start doc
         error a E0308 a/src/lib.rs:1 mismatched types
         unit b custom-build b
         finished false
         end 101",
        "doc 0/1 Partial(\"1 of 2 packages did not compile: a; 1 not reached: b; error at a/src/lib.rs:1:5: mismatched types (E0308)\")
         doc.errors ? >= 1 1 of 2 packages did not compile: a; 1 not reached: b; error at a/src/lib.rs:1:5: mismatched types (E0308) (cargo)
         doc.time ? 1 of 2 packages did not compile: a; 1 not reached: b; error at a/src/lib.rs:1:5: mismatched types (E0308) (cargo)
         doc.warnings ? >= 0 1 of 2 packages did not compile: a; 1 not reached: b; error at a/src/lib.rs:1:5: mismatched types (E0308) (cargo)
         doc a Error a/src/lib.rs:1 E0308 [] x1
         doc covers []",
    );
}

#[test]
fn order_of_messages_does_not_matter() {
    let said = [
        "warning a clippy::absurd a/src/lib.rs:3 absurd",
        "warning a clippy::absurd a/src/lib.rs:1 absurd",
        "error b E0308 b/src/lib.rs:3 mismatched types",
        "warning a clippy::absurd a/src/lib.rs:3 absurd",
        "outline a/src/lib.rs 1-5 f",
        "unit a lib a",
        "unit a lib a test",
    ];
    let steps = plan("clippy: clippy check\ncheck by clippy");
    let run = |lines: Vec<&str>| {
        let script = format!(
            "start clippy\n{}\nfinished false\nend 101",
            lines.join("\n")
        );
        fold(&steps, &workspace(&["a", "b"]), &[], &script)
    };
    let forth = run(said.to_vec());
    assert_eq!(forth, run(said.into_iter().rev().collect()));
    assert_eq!(forth.0.findings.len(), 3);
}
