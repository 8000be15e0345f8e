//! The child's side of the expression sandbox, alone: what the program's hidden subcommand does.

fn main() {
    baton_engine::expr::sandbox_child_main();
}
