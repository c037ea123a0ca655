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
