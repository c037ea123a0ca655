//! The commands of the program.

use std::collections::BTreeSet;

use cargo_campaign::cli;

/// Returns the names of all commands but `help`.
pub(crate) fn commands() -> BTreeSet<String> {
    let parser = cli::parser();
    let names = parser
        .get_subcommands()
        .map(|command| command.get_name().to_owned());
    names.filter(|name| name != "help").collect()
}
