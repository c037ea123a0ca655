//! Finds the database of security advisories.

use std::path::{Path, PathBuf};

use super::entries;

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdvisoryDatabase {
    /// In this directory.
    Found(PathBuf),
    /// It would be in this directory.
    Missing(PathBuf),
    /// There are several of which none is preferred.
    Several(Vec<PathBuf>),
}

/// Finds the database: the configured directory, else that of cargo-audit or cargo-deny in cargo's
/// home.
pub fn find(configured: Option<&Path>, cargo_home: Option<&Path>) -> AdvisoryDatabase {
    if let Some(directory) = configured {
        return match is_database(directory) {
            true => AdvisoryDatabase::Found(directory.to_owned()),
            false => AdvisoryDatabase::Missing(directory.to_owned()),
        };
    }
    let home = cargo_home.unwrap_or(Path::new(".cargo"));
    let usual = home.join("advisory-db");
    if is_database(&usual) {
        return AdvisoryDatabase::Found(usual);
    }
    // Databases of other publishers may lie beside it.
    for prefix in ["advisory-db-", "github.com-"] {
        let mut found = entries(&home.join("advisory-dbs"));
        found.retain(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(prefix) && is_database(path)
        });
        found.sort();
        match found.as_slice() {
            [] => {}
            [one] => return AdvisoryDatabase::Found(one.clone()),
            _ => return AdvisoryDatabase::Several(found),
        }
    }
    AdvisoryDatabase::Missing(usual)
}

/// Returns whether a directory has advisories about packages.
fn is_database(directory: &Path) -> bool {
    directory.join("crates").is_dir()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::process::temp_dir::TempDir;

    #[test]
    fn configured_database_comes_before_those_in_the_home_of_cargo() {
        let scratch = TempDir::new().unwrap();
        let path = |name: &str| scratch.path().join(name);
        let find =
            |configured: Option<&str>| find(configured.map(path).as_deref(), Some(scratch.path()));
        let found = |name: &str| AdvisoryDatabase::Found(path(name));
        let missing = |name: &str| AdvisoryDatabase::Missing(path(name));
        let make = |name: &str| fs::create_dir_all(path(name).join("crates")).unwrap();
        assert_eq!(find(None), missing("advisory-db"));
        make("advisory-dbs/of-our-company-1");
        assert_eq!(find(None), missing("advisory-db"));
        make("advisory-dbs/github.com-2");
        assert_eq!(find(None), found("advisory-dbs/github.com-2"));
        make("advisory-dbs/advisory-db-3");
        assert_eq!(find(None), found("advisory-dbs/advisory-db-3"));
        make("advisory-dbs/advisory-db-4");
        let both = ["advisory-dbs/advisory-db-3", "advisory-dbs/advisory-db-4"].map(path);
        assert_eq!(find(None), AdvisoryDatabase::Several(both.to_vec()));
        make("advisory-db");
        assert_eq!(find(None), found("advisory-db"));
        assert_eq!(find(Some("vendor/db")), missing("vendor/db"));
        make("vendor/db");
        assert_eq!(find(Some("vendor/db")), found("vendor/db"));
    }
}
