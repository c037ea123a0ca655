use std::fs;

use super::*;
use crate::store::tests::scratch::Scratch;

#[test]
fn smoke() {
    let scratch = Scratch::new();
    let root = scratch.path();
    fs::create_dir(root.join(".campaign")).unwrap();
    fs::write(root.join("a"), "1").unwrap();
    fs::write(root.join("c"), "1").unwrap();
    let journal = root.join(".campaign/journal");
    let changes = [Change::edit("a", "1", "2"), Change::create("b", "2"), Change::remove("c", "1")];
    let applied = apply(root, &journal, &changes, &mut |_| Ok(())).unwrap();
    assert_eq!(applied.files, ["a", "b", "c"]);
    assert_eq!(fs::read_to_string(root.join("a")).unwrap(), "2");
    assert!(!journal.exists());
}
