//! Expressions: jq, compiled once and kept by text.
//!
//! An expression whose syntax tree is provably finite runs in process, after an estimate of its work from the size of
//! its input; any other runs in a [`Sandbox`], a killable child process. `halt`, `env`, `input`, `now` and their kin
//! are not offered: an expression reads its input and its variables and nothing else.

mod analyse;
mod compile;
mod convert;
mod guard;
mod native;
pub mod pool;
mod tree;

pub use compile::{Compiled, compile};
pub use pool::sandbox_child_main;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

/// Longest expression, bytes.
pub const EXPR_BYTES_MAX: usize = 4096;
/// Deepest syntax tree of an expression, nodes.
pub const EXPR_DEPTH_MAX: usize = 96;
/// Largest result of an expression, bytes of JSON.
pub const EXPR_OUTPUT_BYTES_MAX: usize = baton_base::limits::RUN_DATA_BYTES_MAX;
/// Most work that an expression may do in process, estimated node visits; more goes to the sandbox.
pub const EXPR_WORK_IN_PROCESS_MAX: u64 = 4_000_000;
/// Most compiled expressions kept, count.
pub const EXPR_CACHE_MAX: usize = 20_000;

/// Why an expression gave no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExprError {
    /// What is wrong, in words.
    pub message: String,
    /// It asked for a secret that its process has not declared.
    #[serde(default)]
    pub secret: bool,
}

impl ExprError {
    /// An error with these words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), secret: false }
    }

    /// The error of a secret that is not there.
    pub(crate) fn no_secret(name: &str) -> Self {
        let message = format!("there is no secret '{name}' here; list it under use.secrets");
        Self { message, secret: true }
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExprError {}

/// Runs expressions that are not provably finite, where they cannot harm the program.
pub trait Sandbox: Send + Sync {
    /// Evaluates one expression; must return within a deadline of its own.
    fn eval(&self, expr: &str, input: &Value, vars: &[(String, Value)]) -> Result<Value, ExprError>;
}

static SANDBOX: OnceLock<Box<dyn Sandbox>> = OnceLock::new();

/// Sets the sandbox, once per program; says whether this call set it.
pub fn set_sandbox(sandbox: Box<dyn Sandbox>) -> bool {
    SANDBOX.set(sandbox).is_ok()
}

/// The text between `${` and `}`, if `text` is so wrapped.
pub fn unwrapped(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("${")?.strip_suffix('}')?;
    Some(inner.trim())
}

/// Checks an expression, wrapped in `${ }` or bare, without running it.
pub fn check(text: &str) -> Result<(), String> {
    compile(text).map(|_| ()).map_err(|e| e.message)
}

/// Evaluates an expression, wrapped in `${ }` or bare, with named variables (without `$`).
///
/// No result is `null`; more than one is an error, because which one is meant would be a guess.
pub fn evaluate(text: &str, input: &Value, vars: &[(&str, Value)]) -> Result<Value, ExprError> {
    let find = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    compile(text)?.run(input, &find)
}

impl Compiled {
    /// Evaluates with variables looked up by name (without `$`).
    pub fn run(&self, input: &Value, find: &dyn Fn(&str) -> Option<Value>) -> Result<Value, ExprError> {
        self.eval(input, &|name| find(name).map(Cow::Owned))
    }

    /// Whether it is so plain that jq is mostly not needed for it.
    pub fn is_plain(&self) -> bool {
        self.native.is_some()
    }

    /// The same as [`Self::run`], but always by jq: what plain expressions are held to.
    pub fn run_by_jq(&self, input: &Value, find: &dyn Fn(&str) -> Option<Value>) -> Result<Value, ExprError> {
        self.by_jq(input, &|name| find(name).map(Cow::Owned))
    }

    /// The same with variables that need not be copied.
    pub(crate) fn eval<'v>(&self, input: &'v Value, find: native::Find<'_, 'v>) -> Result<Value, ExprError> {
        match self.native.as_ref().and_then(|native| native.eval(input, find)) {
            Some(value) => Ok(value),
            None => self.by_jq(input, find),
        }
    }

    /// Whether the value is neither `false` nor `null`.
    pub(crate) fn truth<'v>(&self, input: &'v Value, find: native::Find<'_, 'v>) -> Result<bool, ExprError> {
        match self.native.as_ref().and_then(|native| native.truth(input, find)) {
            Some(holds) => Ok(holds),
            None => Ok(!matches!(self.by_jq(input, find)?, Value::Null | Value::Bool(false))),
        }
    }

    fn by_jq<'v>(&self, input: &'v Value, find: native::Find<'_, 'v>) -> Result<Value, ExprError> {
        let mut vars = Vec::with_capacity(self.vars().len());
        for name in self.vars() {
            vars.push(find(name).ok_or_else(|| ExprError::new(format!("${name} is not defined here")))?);
        }
        if self.fits_in_process(input, &vars) {
            return self.run_here(input, &vars);
        }
        let Some(sandbox) = SANDBOX.get() else {
            return Err(ExprError::new(format!(
                "{} and no sandbox is set up for such expressions",
                self.why_not_here().unwrap_or("its work may be too large to run in process")
            )));
        };
        let named = self.vars().iter().cloned().zip(vars.into_iter().map(Cow::into_owned));
        sandbox.eval(self.text(), &self.needed_of(input), &named.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_value(text: &str, input: Value, expect: Value) {
        assert_eq!(evaluate(text, &input, &[("who", json!("Ada"))]), Ok(expect), "{text}");
    }

    #[test]
    fn provably_finite_expressions_run_in_process() {
        check_value(".a.b // 3", json!({}), json!(3));
        check_value("${ .a + 1 }", json!({"a": 1}), json!(2));
        check_value(r#""Hello \($who)!""#, json!(null), json!("Hello Ada!"));
        check_value("[.[] | select(.x > 1) | .x] | add", json!([{"x":1},{"x":2},{"x":3}]), json!(5));
        check_value("map(.price * .count) | add", json!([{"price":200,"count":3},{"price":5,"count":1}]), json!(605));
        check_value("{a: .x, b: [.y[] | ascii_downcase]}", json!({"x":1,"y":["A"]}), json!({"a":1,"b":["a"]}));
        check_value("if .a then \"y\" else \"n\" end", json!({"a": false}), json!("n"));
        check_value("reduce .[] as $i (0; . + $i)", json!([1, 2, 3]), json!(6));
        check_value(".a = 5 | del(.b)", json!({"a":1,"b":2}), json!({"a":5}));
        check_value("to_entries | map(.key) | sort", json!({"b":1,"a":2}), json!(["a", "b"]));
        check_value("with_entries(.value += 1)", json!({"b":1}), json!({"b":2}));
        check_value(r#"split(",") | last"#, json!("a,b"), json!("b"));
        check_value("[.a, .b] | all", json!({"a":true,"b":true}), json!(true));
        check_value(". as {a: $x} | $x", json!({"a":7}), json!(7));
        check_value("empty", json!(1), json!(null));
        check_value("9007199254740993", json!(1), json!(9_007_199_254_740_993_i64));
    }

    #[test]
    fn what_could_hang_or_crash_is_not_run_in_process() {
        for text in
            ["range(1e9)", "[recurse]", "def f: f; f", "..", "fromjson", "test(\"(a*)*b\")", "[limit(3; repeat(1))]"]
        {
            let error = evaluate(text, &json!("[1]"), &[]).unwrap_err();
            assert!(error.message.contains("sandbox"), "{text}: {error}");
        }
        let doubling = "reduce .[] as $x ([1]; . + .)";
        assert!(evaluate(doubling, &json!([1]), &[]).unwrap_err().message.contains("sandbox"));
        let cube = "[.[] as $a | .[] as $b | .[] as $c | 1] | length";
        assert_eq!(evaluate(cube, &json!([1, 2]), &[]), Ok(json!(8)));
        let many: Vec<_> = (0..1000).collect();
        assert!(evaluate(cube, &json!(many), &[]).unwrap_err().message.contains("sandbox"));
        let text_times_number = evaluate(".a * .b", &json!({"a":"x","b":1_000_000_000}), &[]).unwrap_err();
        assert!(text_times_number.message.contains("multiplied"), "{text_times_number}");
    }

    #[test]
    fn bad_expressions_are_refused_with_words() {
        for (text, words) in [
            (".a[", "not valid jq"),
            ("env.HOME", "not offered"),
            ("now", "not offered"),
            ("input", "not offered"),
            ("$ENV", "not offered"),
            ("halt", "not offered"),
            ("nothere(1)", "unknown function"),
            ("", "empty"),
        ] {
            let message = check(text).unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
        assert!(check(&"-".repeat(4000)).is_err());
        assert!(check(&"(".repeat(4000)).is_err());
        assert!(check(&format!("{}1{}", "[".repeat(1500), "]".repeat(1500))).is_err());
        assert!(check(&"x".repeat(5000)).is_err());
        assert!(evaluate(".[]", &json!([1, 2]), &[]).unwrap_err().message.contains("several"));
        assert!(evaluate("$nope", &json!(1), &[]).unwrap_err().message.contains("$nope"));
    }
}
