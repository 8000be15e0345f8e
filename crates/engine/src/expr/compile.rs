//! Compiling expressions: parse, analyse, refuse what is not offered, keep by text.

use super::analyse::{self, Analysis};
use super::guard::{self, Guard};
use super::native::Native;
use super::tree::{self, Term};
use super::{EXPR_BYTES_MAX, EXPR_CACHE_MAX, EXPR_WORK_IN_PROCESS_MAX, ExprError, convert, unwrapped};
use jaq_core::data::JustLut;
use jaq_core::load::lex::Lexer;
use jaq_core::load::parse::{Def, Parser};
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, unwrap_valr};
use jaq_json::Val;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, RwLock};

type Filter = jaq_core::Filter<JustLut<Val>>;

/// Stack for parsing and compiling, bytes: the parser recurses on its input, whose length is limited.
const COMPILE_STACK_BYTES: usize = 64 * 1024 * 1024;
/// Name under which the expression itself is compiled.
const MAIN: &str = "baton_main";

/// A compiled expression.
pub struct Compiled {
    text: String,
    vars: Vec<String>,
    analysis: Analysis,
    pub(super) native: Option<Native>,
    /// The keys of its input that it reads, if it reads nothing else of it.
    keys: Option<Vec<String>>,
    /// The secrets that it names literally, as `$secrets.NAME`.
    secrets: Vec<String>,
    filter: Filter,
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Compiled({})", self.text)
    }
}

static CACHE: LazyLock<RwLock<HashMap<String, Arc<Compiled>>>> = LazyLock::new(RwLock::default);

/// Compiles an expression, wrapped in `${ }` or bare; the same text gives the same compiled expression.
pub fn compile(text: &str) -> Result<Arc<Compiled>, ExprError> {
    let bare = unwrapped(text).unwrap_or_else(|| text.trim());
    if let Some(found) = CACHE.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(bare) {
        return Ok(Arc::clone(found));
    }
    if bare.is_empty() {
        return Err(ExprError::new("the expression is empty"));
    }
    if bare.len() > EXPR_BYTES_MAX {
        return Err(ExprError::new(format!("the expression is longer than {EXPR_BYTES_MAX} bytes")));
    }
    let compiled = Arc::new(compile_with_deep_stack(bare)?);
    let mut cache = CACHE.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if cache.len() < EXPR_CACHE_MAX {
        cache.insert(bare.to_owned(), Arc::clone(&compiled));
    }
    Ok(compiled)
}

fn compile_with_deep_stack(text: &str) -> Result<Compiled, ExprError> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("expression".to_owned()).stack_size(COMPILE_STACK_BYTES);
        let worker = builder
            .spawn_scoped(scope, || compile_here(text))
            .map_err(|e| ExprError::new(format!("no thread to compile the expression: {e}")))?;
        worker.join().unwrap_or_else(|_| Err(ExprError::new("the expression could not be compiled")))
    })
}

fn compile_here(text: &str) -> Result<Compiled, ExprError> {
    let term = parse(text)?;
    let analysis = analyse::analyse(&term)?;
    let native = Native::of(&term);
    let mut keys = Vec::new();
    let known = tree::keys_read(&term, &mut keys);
    keys.sort();
    keys.dedup();
    let keys = known.then_some(keys);
    let mut secrets = Vec::new();
    let reads_secrets = analysis.vars.iter().any(|name| name == "secrets");
    if reads_secrets {
        tree::secrets_named(&term, &mut secrets);
    }
    let term = Guard { secrets: reads_secrets }.term(term);
    let names: Vec<String> = analysis.vars.iter().map(|name| format!("${name}")).collect();
    let filter = build(term, &names)?;
    Ok(Compiled { text: text.to_owned(), vars: analysis.vars.clone(), analysis, native, keys, secrets, filter })
}

fn parse(text: &str) -> Result<Term<'_>, ExprError> {
    let bad = |near: &str, expected: &str| {
        let near: String = near.chars().take(24).collect();
        let place = if near.is_empty() { "at the end".to_owned() } else { format!("near '{near}'") };
        ExprError::new(format!("not valid jq: {expected} expected {place}"))
    };
    let tokens = Lexer::new(text).lex().map_err(|errors| match errors.first() {
        Some((expect, near)) => bad(near, expect.as_str()),
        None => bad("", "an expression"),
    })?;
    Parser::new(&tokens).parse(|p| p.term()).map_err(|errors| match errors.first() {
        Some((expect, found)) => bad(found.map_or("", |token| token.0), expect.as_str()),
        None => bad("", "an expression"),
    })
}

fn library() -> Vec<Def<&'static str>> {
    jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).chain(guard::library()).collect()
}

/// Definitions that `term` needs, directly or not; the rest of the library would only take memory.
fn needed<'a>(term: &Term<'a>) -> Vec<Def<&'a str>> {
    let all: Vec<Def<&'a str>> = library();
    let mut wanted: HashSet<&str> = tree::calls(term);
    loop {
        let before = wanted.len();
        for def in &all {
            if wanted.contains(def.name) {
                wanted.extend(tree::calls(&def.body));
            }
        }
        if wanted.len() == before {
            break;
        }
    }
    all.into_iter().filter(|def| wanted.contains(def.name)).collect()
}

fn build(term: Term<'_>, vars: &[String]) -> Result<Filter, ExprError> {
    let prelude = needed(&term).into_iter().chain([Def { name: MAIN, args: Vec::new(), body: term }]);
    let arena = Arena::default();
    let modules =
        Loader::new(prelude).load(&arena, File { code: MAIN, path: () }).map_err(|_| ExprError::new("not valid jq"))?;
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    Compiler::default().with_funs(funs).with_global_vars(vars.iter().map(String::as_str)).compile(modules).map_err(
        |errors| {
            let first = errors.into_iter().flat_map(|(_, errors)| errors).next();
            let (name, kind) = first.map_or(("", "symbol"), |(name, undefined)| (name, undefined.as_str()));
            let kind = if kind == "filter" { "function" } else { kind };
            ExprError::new(format!("unknown {kind} '{name}'"))
        },
    )
}

impl Compiled {
    /// The bare expression.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names of the variables it reads, without `$`.
    pub fn vars(&self) -> &[String] {
        &self.vars
    }

    /// Names of the secrets that it names literally; others may be computed.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// Why it may not run in process whatever its input, if so.
    pub fn why_not_here(&self) -> Option<&str> {
        self.analysis.unbounded.as_deref()
    }

    /// The parts of an input that it reads, if it reads less than all: a whole case is large, and most expressions look
    /// at little of it.
    fn parts<'v>(&self, input: &'v Value) -> Option<Vec<(&'v String, &'v Value)>> {
        let (Some(keys), Value::Object(map)) = (&self.keys, input) else { return None };
        if keys.len() >= map.len() {
            return None;
        }
        Some(keys.iter().filter_map(|key| map.get_key_value(key)).collect())
    }

    /// Those parts as a value of their own.
    pub(super) fn needed_of<'v>(&self, input: &'v Value) -> Cow<'v, Value> {
        match self.parts(input) {
            Some(parts) => {
                let parts = parts.into_iter().map(|(key, value)| (key.clone(), value.clone()));
                Cow::Owned(Value::Object(parts.collect()))
            }
            None => Cow::Borrowed(input),
        }
    }

    pub(super) fn fits_in_process(&self, input: &Value, vars: &[Cow<'_, Value>]) -> bool {
        if self.analysis.unbounded.is_some() {
            return false;
        }
        let read = match self.parts(input) {
            Some(parts) => parts.iter().map(|(_, value)| convert::size(value)).sum::<u64>() + 1,
            None => convert::size(input),
        };
        let size = read + vars.iter().map(|value| convert::size(value)).sum::<u64>();
        self.analysis.work(size) <= EXPR_WORK_IN_PROCESS_MAX
    }

    /// Evaluates in this process; a panic inside jq is an error like any other.
    pub(super) fn run_here(&self, input: &Value, vars: &[Cow<'_, Value>]) -> Result<Value, ExprError> {
        let run = std::panic::AssertUnwindSafe(|| self.first_result(input, vars));
        std::panic::catch_unwind(run).unwrap_or_else(|_| Err(ExprError::new("the expression failed inside jq")))
    }

    fn first_result(&self, input: &Value, vars: &[Cow<'_, Value>]) -> Result<Value, ExprError> {
        let bound = Vars::new(vars.iter().map(|value| convert::to_val(value)));
        let input = match self.parts(input) {
            Some(parts) => convert::to_object(&parts),
            None => convert::to_val(input),
        };
        let ctx = Ctx::<JustLut<Val>>::new(&self.filter.lut, bound);
        let mut results = self.filter.id.run((ctx, input)).map(unwrap_valr);
        let Some(first) = results.next() else { return Ok(Value::Null) };
        let first = first.map_err(|e| {
            let words: String = e.to_string().chars().take(300).collect();
            convert::missing_secret(&e.into_val())
                .map_or_else(|| ExprError::new(words), |name| ExprError::no_secret(&name))
        })?;
        if results.next().is_some() {
            return Err(ExprError::new("the expression gives several results; wrap it in [ ] to keep them all"));
        }
        convert::to_json(&first)
    }
}
