//! `baton-test-postgres`: a PostgreSQL server for many test processes; prints its address and lives until its
//! standard input ends.

use baton_testkit::PgServer;
use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let server = PgServer::start();
    writeln!(io::stdout(), "{}", server.url())?;
    io::stdin().read_to_end(&mut Vec::new())?;
    drop(server);
    Ok(())
}
