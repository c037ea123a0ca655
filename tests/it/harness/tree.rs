//! What lies in a folder, to be held against what lies there later.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Path with `/`, then content; a folder without one, a link with where it leads.
pub(crate) type Tree = BTreeMap<String, Option<Vec<u8>>>;

/// Everything below a folder but what lies in folders of these names.
pub(crate) fn tree(folder: &Path, without: &[&str]) -> Tree {
    let mut tree = Tree::new();
    walk(folder, "", without, &mut tree);
    tree
}

fn walk(folder: &Path, prefix: &str, without: &[&str], tree: &mut Tree) {
    for entry in fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (path, below) = (entry.path(), format!("{prefix}{name}"));
        if without.contains(&name.as_str()) {
            continue;
        }
        if let Ok(target) = fs::read_link(&path) {
            tree.insert(
                below,
                Some(target.to_string_lossy().into_owned().into_bytes()),
            );
        } else if path.is_dir() {
            walk(&path, &format!("{below}/"), without, tree);
            tree.insert(below, None);
        } else {
            tree.insert(below, fs::read(&path).ok());
        }
    }
}

/// Writes what [`tree`] returned below a directory. Links become files.
pub(crate) fn put_back(tree: &Tree, folder: &Path) {
    for (path, content) in tree {
        let path = folder.join(path);
        let parent = if content.is_some() {
            path.parent()
        } else {
            None
        };
        fs::create_dir_all(parent.unwrap_or(&path)).expect("the sandbox can be written");
        if let Some(content) = content {
            fs::write(&path, content).expect("the sandbox can be written");
        }
    }
}

/// What differs, by path: `+ new`, `- gone`, `~ changed`.
pub(crate) fn changes(before: &Tree, after: &Tree) -> Vec<String> {
    let gone = before
        .keys()
        .filter(|path| !after.contains_key(*path))
        .map(|path| format!("- {path}"));
    let new = after
        .keys()
        .filter(|path| !before.contains_key(*path))
        .map(|path| format!("+ {path}"));
    let changed = before
        .iter()
        .filter(|(path, was)| after.get(*path).is_some_and(|is| is != *was));
    gone.chain(new)
        .chain(changed.map(|(path, _)| format!("~ {path}")))
        .collect()
}
