//! The packages whose build output a sweep would remove.

use super::document::{Block, Overflow, Table, TableColumn, TableRow, Text};
use super::figure::figure;
use super::style::{Look, Signs};
use super::terminal;
use crate::metric::Unit;

/// The build output of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageOutput {
    /// Name of the package or crate.
    pub name: String,
    /// The number of units and directories of incremental compilation.
    pub units: usize,
    /// Their size.
    pub bytes: u64,
}

/// Returns the packages as a table, the largest first. Empty without any.
pub fn screen(mut packages: Vec<PackageOutput>, look: &Look) -> String {
    if packages.is_empty() {
        return String::new();
    }
    packages.sort_by(|a, b| (b.bytes, &a.name).cmp(&(a.bytes, &b.name)));
    let signs = look.signs();
    let table = Block::Table(Table {
        name: "packages",
        columns: vec![
            TableColumn::text("package").at_most(40),
            TableColumn::number("units"),
            TableColumn::number("size"),
        ],
        has_heads: true,
        rows: packages.iter().map(|package| row(package, signs)).collect(),
    });
    terminal::render(&vec![table], look)
}

fn row(package: &PackageOutput, signs: &Signs) -> TableRow {
    TableRow {
        cells: vec![
            Text::code(&package.name),
            Text::new(package.units.to_string()),
            Text::new(size(package.bytes, signs)),
        ],
        overflow: Overflow::FoldLastCell,
    }
}

/// Returns a size in the unit that fits it.
pub fn size(bytes: u64, signs: &Signs) -> String {
    figure(bytes as f64, &Unit::Bytes, signs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ASCII;

    fn output(name: &str, units: usize, bytes: u64) -> PackageOutput {
        PackageOutput {
            name: name.to_owned(),
            units,
            bytes,
        }
    }

    #[test]
    fn largest_output_comes_first_and_equal_ones_are_sorted_by_name() {
        let packages = vec![
            output("serde", 2, 1_500_000),
            output("b", 1, 900),
            output("a", 1, 900),
            output("syn", 12, 2_000_000_000),
        ];
        let screen = screen(packages, &ASCII);
        let names: Vec<&str> = screen
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(names, ["package", "syn", "serde", "a", "b"], "{screen}");
        assert_eq!(super::screen(Vec::new(), &ASCII), "");
    }

    #[test]
    fn sizes_are_in_the_unit_that_fits() {
        let signs = ASCII.signs();
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_500_000, "1.5 MB"),
            (2_000_000_000, "2.0 GB"),
        ] {
            assert_eq!(size(bytes, signs), expected);
        }
    }

    #[test]
    fn name_of_a_package_steers_no_terminal() {
        let screen = screen(vec![output("a\u{1b}[2J\u{202e}", 1, 1)], &ASCII);
        assert!(!screen.contains(['\u{1b}', '\u{202e}']), "{screen}");
    }
}
