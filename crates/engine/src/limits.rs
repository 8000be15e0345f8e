//! Limits of the language and of one run.

/// Largest process definition, bytes.
pub const DEFINITION_BYTES_MAX: usize = 512 * 1024;
/// Most YAML nodes in a process definition, count.
pub const DEFINITION_NODES_MAX: usize = 50_000;
/// Deepest YAML nesting in a process definition, levels.
pub const DEFINITION_DEPTH_MAX: usize = 96;
/// Deepest nesting of tasks, in levels of the stored state's JSON (a list of tasks takes [`LIST_LEVELS`], a `try`
/// [`TRY_LEVELS`]). With data of [`DATA_LEVELS_MAX`] inside, a stored state stays below the 128 levels that JSON
/// readers commonly accept.
pub const TASK_LEVELS_MAX: usize = 56;
/// Levels that a list of tasks takes.
pub const LIST_LEVELS: usize = 4;
/// Levels that a `try` takes.
pub const TRY_LEVELS: usize = 6;
/// Deepest nesting of a value that a run holds, levels.
pub const DATA_LEVELS_MAX: usize = baton_base::limits::JSON_DEPTH_MAX;
/// Most tasks of one list, count.
pub const TASKS_IN_LIST_MAX: usize = 500;
/// Most branches of one fork, count.
pub const FORK_BRANCHES_MAX: usize = 64;
/// Most iterations of one loop, count.
pub const ITERATIONS_MAX: usize = 10_000;
/// Most tasks that a run takes between two outside events, count: more is a runaway loop.
pub const TASKS_PER_TURN_MAX: u64 = 100_000;
/// Largest value that a run holds (a task's output, the context, an input), bytes of JSON.
pub const DATA_BYTES_MAX: usize = baton_base::limits::RUN_DATA_BYTES_MAX;
/// Most events kept by one listen, count.
pub const LISTEN_EVENTS_MAX: usize = 1_000;
/// Most outside events held for a suspended run, count.
pub const HELD_EVENTS_MAX: usize = 1_000;
/// Most attempts of one `try`, count, whatever its policy says.
pub const ATTEMPTS_MAX: u32 = 1_000;
/// Most finished tasks that one run can undo, count.
pub const COMPENSATIONS_MAX: usize = 1_000;
/// Most that those tasks' inputs and outputs hold together, bytes of JSON.
pub const COMPENSATION_BYTES_MAX: usize = DATA_BYTES_MAX;
/// Longest duration, milliseconds (ten years).
pub const DURATION_MS_MAX: i64 = 10 * 366 * 24 * 3_600_000;
