//! `baton connector import-tables`.

use super::super::{Outcome, say};
use super::tools::{named, printable, variable, write};
use baton_base::Error;
use baton_tools::import::{self, Offered, Statement};
use baton_tools::sql::{self, Dialect};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Time for the database to say which tables it has, seconds.
const TABLES_S_MAX: u64 = 10;

/// Which database.
#[derive(Args)]
pub struct Options {
    /// The connector's name.
    name: String,
    /// Kind of the database: postgresql, mysql, mariadb or sqlite.
    #[arg(long)]
    dialect: String,
    /// Address of the database, read from this variable of the environment. It is written into no file.
    #[arg(long, value_name = "VARIABLE")]
    address_from: String,
    /// Only these tables, called as they are listed. All if left out.
    #[arg(long, value_name = "TABLE", value_delimiter = ',')]
    tables: Vec<String>,
    /// Blueprint folder to write `connectors/NAME.yaml` into. One that is there already stays as it is.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write the connector's file anew.
    #[arg(long, requires = "out")]
    force: bool,
}

pub async fn run(options: &Options) -> Outcome {
    named(&options.name)?;
    let dialect = Dialect::named(&options.dialect)?;
    let address = variable(&options.address_from)?;
    let found = sql::tables(dialect, address.trim(), true, Duration::from_secs(TABLES_S_MAX)).await;
    let found = found.map_err(|why| Error::Unavailable(format!("the tables cannot be read: {why}")))?;
    let mut all = import::offered(dialect, found.tables);
    if let Some(name) = options.tables.iter().find(|name| !all.iter().any(|one| called(one) == **name)) {
        let what = format!("there is no table '{name}' that this sign-in may read");
        return Err(Error::invalid(what, "call tables as they are listed without --tables"));
    }
    all.retain(|one| options.tables.is_empty() || options.tables.contains(&called(one)));
    for one in &all {
        let columns: Vec<&str> = one.table.columns.iter().map(|column| column.name.as_str()).collect();
        say(&printable(&format!("  {}  {}  {}", called(one), one.statement.name, columns.join(", "))));
    }
    let more = if found.more { "; the database has more than are listed" } else { "" };
    if options.out.is_none() && all.len() > import::WRITTEN_MAX {
        say(&format!(
            "{} tables that can be read{more}; name {} at most for one connector",
            all.len(),
            import::WRITTEN_MAX
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let statements: Vec<Statement> = all.into_iter().map(|one| one.statement).collect();
    let wanted = import::Options { name: Some(options.name.clone()), ..import::Options::default() };
    let made = import::statements(&options.dialect, &statements, &wanted);
    let made = made.map_err(|why| Error::invalid("these tables cannot be imported", why))?;
    for refused in &made.report.refused {
        say(&printable(&format!("  {} refused: {}", refused.operation, refused.reason)));
    }
    if let Some(folder) = &options.out {
        let files: Vec<(String, String)> = made.files.into_iter().collect();
        write(folder, &files, options.force)?;
    }
    say(&format!("{} tables that can be read{more}", made.report.imported));
    Ok(ExitCode::SUCCESS)
}

/// A table, as it is listed.
fn called(one: &Offered) -> String {
    let table = &one.table;
    if table.schema.is_empty() { table.name.clone() } else { format!("{}.{}", table.schema, table.name) }
}
