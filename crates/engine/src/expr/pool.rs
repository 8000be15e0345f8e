//! A sandbox of child processes: each evaluation has a deadline, each child a memory limit; a child that misses its
//! deadline or dies is replaced.

use super::{ExprError, Sandbox, compile};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Longest evaluation in a child, milliseconds.
pub const EVAL_WALL_MS_MAX: u64 = 500;
/// Address space of a child, KiB.
pub const CHILD_MEMORY_KIB_MAX: u64 = 512 * 1024;
/// Largest request to or answer from a child, bytes.
pub const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Stack of a child's evaluation, bytes; deeper recursion ends the child, not the program.
const CHILD_STACK_BYTES: usize = 64 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Request {
    expr: String,
    input: Value,
    vars: Vec<(String, Value)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Value(Value),
    Error(String),
}

fn write_frame(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

fn read_frame(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::other("frame too long"));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The child's side: answers requests on standard input until it closes. The program's hidden subcommand calls this.
pub fn sandbox_child_main() {
    let worker = std::thread::Builder::new().stack_size(CHILD_STACK_BYTES).spawn(answer_requests);
    if let Ok(worker) = worker {
        // A panic ends the child; the parent replaces it.
        let _ = worker.join();
    }
}

fn evaluated(request: &Request) -> Result<Value, ExprError> {
    let compiled = compile(&request.expr)?;
    let value = |name: &String| request.vars.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let vars = compiled.vars().iter().map(|name| {
        value(name).map(Cow::Borrowed).ok_or_else(|| ExprError::new(format!("${name} is not defined here")))
    });
    compiled.run_here(&request.input, &vars.collect::<Result<Vec<_>, _>>()?)
}

fn answer_requests() {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    while let Ok(frame) = read_frame(&mut input) {
        let answer = match serde_json::from_slice::<Request>(&frame) {
            Ok(request) => match evaluated(&request) {
                Ok(value) => Answer::Value(value),
                Err(error) => Answer::Error(error.message),
            },
            Err(error) => Answer::Error(format!("the request is not readable: {error}")),
        };
        let bytes = serde_json::to_vec(&answer).unwrap_or_default();
        if write_frame(&mut output, &bytes).is_err() {
            return;
        }
    }
}

struct Worker {
    child: Child,
    stdin: ChildStdin,
    answers: Receiver<io::Result<Vec<u8>>>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Default)]
struct Slots {
    idle: Vec<Worker>,
    out: usize,
}

/// Child processes that evaluate expressions, started when needed and kept.
pub struct ChildPool {
    program: String,
    args: Vec<String>,
    workers_max: usize,
    wall_ms_max: u64,
    slots: Mutex<Slots>,
    freed: Condvar,
}

impl ChildPool {
    /// A pool of at most `workers_max` children, each `program args…`, which must call [`sandbox_child_main`].
    pub fn new(program: impl Into<String>, args: &[&str], workers_max: usize) -> Self {
        Self {
            program: program.into(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            workers_max: workers_max.max(1),
            wall_ms_max: EVAL_WALL_MS_MAX,
            slots: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// The same with another deadline per evaluation, milliseconds.
    #[must_use]
    pub fn with_deadline_ms(mut self, wall_ms_max: u64) -> Self {
        self.wall_ms_max = wall_ms_max;
        self
    }

    fn spawn(&self) -> io::Result<Worker> {
        // `ulimit` in a shell that then becomes the child: a resource limit without unsafe code.
        let mut child = Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("ulimit -v {CHILD_MEMORY_KIB_MAX}; ulimit -c 0; exec \"$0\" \"$@\""))
            .arg(&self.program)
            .args(&self.args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let missing = || io::Error::other("the child has no pipes");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let mut stdout = child.stdout.take().ok_or_else(missing)?;
        let (send, answers) = mpsc::channel();
        std::thread::Builder::new().name("expression-child".to_owned()).spawn(move || {
            loop {
                let frame = read_frame(&mut stdout);
                let ended = frame.is_err();
                if send.send(frame).is_err() || ended {
                    return;
                }
            }
        })?;
        Ok(Worker { child, stdin, answers })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn checkout(&self) -> Result<Worker, ExprError> {
        let mut slots = self.lock();
        while slots.out >= self.workers_max {
            slots = self.freed.wait(slots).unwrap_or_else(PoisonError::into_inner);
        }
        slots.out += 1;
        if let Some(worker) = slots.idle.pop() {
            return Ok(worker);
        }
        drop(slots);
        self.spawn().map_err(|e| {
            self.give_back(None);
            ExprError::new(format!("no child process to evaluate the expression in: {e}"))
        })
    }

    fn give_back(&self, worker: Option<Worker>) {
        let mut slots = self.lock();
        slots.out -= 1;
        slots.idle.extend(worker);
        drop(slots);
        self.freed.notify_one();
    }

    fn ask(&self, worker: &mut Worker, frame: &[u8]) -> Result<Answer, ExprError> {
        let died = || ExprError::new("the expression ended its child process: too deep or too much memory");
        write_frame(&mut worker.stdin, frame).map_err(|_| died())?;
        let answer = match worker.answers.recv_timeout(Duration::from_millis(self.wall_ms_max)) {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err(died()),
            Err(RecvTimeoutError::Timeout) => {
                return Err(ExprError::new(format!("the expression took longer than {} ms", self.wall_ms_max)));
            }
        };
        serde_json::from_slice(&answer).map_err(|e| ExprError::new(format!("the child's answer is not readable: {e}")))
    }
}

impl Sandbox for ChildPool {
    fn eval(&self, expr: &str, input: &Value, vars: &[(String, Value)]) -> Result<Value, ExprError> {
        let request = Request { expr: expr.to_owned(), input: input.clone(), vars: vars.to_vec() };
        let frame = serde_json::to_vec(&request).map_err(|e| ExprError::new(e.to_string()))?;
        if frame.len() > FRAME_BYTES_MAX {
            return Err(ExprError::new(format!("the data is larger than {FRAME_BYTES_MAX} bytes")));
        }
        let mut worker = self.checkout()?;
        match self.ask(&mut worker, &frame) {
            Ok(answer) => {
                self.give_back(Some(worker));
                match answer {
                    Answer::Value(value) => Ok(value),
                    Answer::Error(message) => Err(ExprError::new(message)),
                }
            }
            Err(error) => {
                drop(worker);
                self.give_back(None);
                Err(error)
            }
        }
    }
}
