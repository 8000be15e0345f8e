//! A sandbox of child processes: each evaluation has a deadline, each child limits of memory and processor time; a child
//! that misses its deadline or dies is replaced. Whoever asks while all children are busy waits in a queue, and not for
//! ever.

use super::{ExprError, Sandbox, compile};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Longest evaluation in a child, milliseconds.
pub const EVAL_WALL_MS_MAX: u64 = 500;
/// Longest wait for a free child, milliseconds.
pub const QUEUE_WALL_MS_MAX: u64 = 5_000;
/// Longest start of a child, milliseconds.
pub const START_WALL_MS_MAX: u64 = 10_000;
/// Most evaluations of one child, count: then it is replaced, so that its processor time is that of few.
pub const CHILD_EVALUATIONS_MAX: u32 = 200;
/// Address space of a child, KiB.
pub const CHILD_MEMORY_KIB_MAX: u64 = 512 * 1024;
/// Largest request to or answer from a child, bytes.
pub const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Stack of a child's evaluation, bytes; deeper recursion ends the child, not the program.
const CHILD_STACK_BYTES: usize = 64 * 1024 * 1024;
/// What a child says first.
const READY: &[u8] = b"ready";

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
    Error(ExprError),
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
    if write_frame(&mut output, READY).is_err() {
        return;
    }
    while let Ok(frame) = read_frame(&mut input) {
        let answer = match serde_json::from_slice::<Request>(&frame) {
            Ok(request) => match evaluated(&request) {
                Ok(value) => Answer::Value(value),
                Err(error) => Answer::Error(error),
            },
            Err(error) => Answer::Error(ExprError::new(format!("the request is not readable: {error}"))),
        };
        let bytes = serde_json::to_vec(&answer).unwrap_or_default();
        if write_frame(&mut output, &bytes).is_err() {
            return;
        }
    }
}

struct Worker {
    child: Child,
    requests: SyncSender<Vec<u8>>,
    answers: Receiver<io::Result<Vec<u8>>>,
    evaluations: u32,
}

impl Worker {
    /// What the child says next, within a time.
    fn answer(&self, wall_ms_max: u64) -> Result<Vec<u8>, ExprError> {
        match self.answers.recv_timeout(Duration::from_millis(wall_ms_max)) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(ExprError::new("the expression ended its child process: too deep, too much memory or too long"))
            }
            Err(RecvTimeoutError::Timeout) => {
                Err(ExprError::new(format!("the expression took longer than {wall_ms_max} ms")))
            }
        }
    }
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
    /// Numbers of those who wait, first come first.
    queue: VecDeque<u64>,
    numbers: u64,
}

/// Child processes that evaluate expressions, started when needed and kept.
pub struct ChildPool {
    program: String,
    args: Vec<String>,
    workers_max: usize,
    wall_ms_max: u64,
    queue_ms_max: u64,
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
            queue_ms_max: QUEUE_WALL_MS_MAX,
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

    /// The same with another longest wait for a free child, milliseconds.
    #[must_use]
    pub fn with_queue_ms(mut self, queue_ms_max: u64) -> Self {
        self.queue_ms_max = queue_ms_max;
        self
    }

    /// Processor time of a child, seconds: what its evaluations may take, and its start.
    fn child_cpu_s_max(&self) -> u64 {
        self.wall_ms_max.saturating_mul(u64::from(CHILD_EVALUATIONS_MAX)) / 1_000 + START_WALL_MS_MAX / 1_000
    }

    fn spawn(&self) -> io::Result<Worker> {
        // `ulimit` in a shell that then becomes the child: resource limits without unsafe code.
        let limits = format!(
            "ulimit -v {CHILD_MEMORY_KIB_MAX}; ulimit -t {}; ulimit -c 0; ulimit -f 0; exec \"$0\" \"$@\"",
            self.child_cpu_s_max()
        );
        let mut child = Command::new("/bin/sh")
            .arg("-c")
            .arg(limits)
            .arg(&self.program)
            .args(&self.args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let missing = || io::Error::other("the child has no pipes");
        let mut stdin = child.stdin.take().ok_or_else(missing)?;
        let mut stdout = child.stdout.take().ok_or_else(missing)?;
        let (send, answers) = mpsc::channel();
        let (requests, taken) = mpsc::sync_channel::<Vec<u8>>(1);
        // Writing and reading can both wait for the child, so neither is done by whoever asks.
        std::thread::Builder::new().name("expression-child".to_owned()).spawn(move || {
            let mut said = read_frame(&mut stdout);
            loop {
                let ended = said.is_err();
                if send.send(said).is_err() || ended {
                    return;
                }
                let Ok(request) = taken.recv() else { return };
                said = write_frame(&mut stdin, &request).and_then(|()| read_frame(&mut stdout));
            }
        })?;
        let worker = Worker { child, requests, answers, evaluations: 0 };
        match worker.answer(START_WALL_MS_MAX) {
            Ok(said) if said == READY => Ok(worker),
            _ => Err(io::Error::other("it did not start")),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place to work in, in the order of asking.
    fn checkout(&self) -> Result<Worker, ExprError> {
        let until = Instant::now() + Duration::from_millis(self.queue_ms_max);
        let mut slots = self.lock();
        slots.numbers += 1;
        let number = slots.numbers;
        slots.queue.push_back(number);
        while slots.out >= self.workers_max || slots.queue.front() != Some(&number) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                slots.queue.retain(|waiting| *waiting != number);
                drop(slots);
                // Whoever is first now may have waited for this one alone.
                self.freed.notify_all();
                let why =
                    format!("no child process was free to evaluate the expression within {} ms", self.queue_ms_max);
                return Err(ExprError::new(why));
            }
            slots = self.freed.wait_timeout(slots, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        slots.queue.pop_front();
        slots.out += 1;
        let idle = slots.idle.pop();
        let more = slots.out < self.workers_max && !slots.queue.is_empty();
        drop(slots);
        if more {
            self.freed.notify_all();
        }
        match idle {
            Some(worker) => Ok(worker),
            None => self.spawn().map_err(|e| {
                self.give_back(None);
                ExprError::new(format!("no child process to evaluate the expression in: {e}"))
            }),
        }
    }

    fn give_back(&self, worker: Option<Worker>) {
        let mut slots = self.lock();
        slots.out -= 1;
        slots.idle.extend(worker);
        drop(slots);
        self.freed.notify_all();
    }

    fn ask(&self, worker: &mut Worker, frame: Vec<u8>) -> Result<Answer, ExprError> {
        worker.evaluations += 1;
        // Where the child is gone, there is no answer either.
        let _ = worker.requests.send(frame);
        let answer = worker.answer(self.wall_ms_max)?;
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
        let asked = self.ask(&mut worker, frame);
        let spent = worker.evaluations >= CHILD_EVALUATIONS_MAX;
        let kept = if asked.is_ok() && !spent { Some(worker) } else { None };
        self.give_back(kept);
        match asked? {
            Answer::Value(value) => Ok(value),
            Answer::Error(error) => Err(error),
        }
    }
}
