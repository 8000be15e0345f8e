//! The plainest expressions, evaluated without jq: paths, literals, comparisons, arithmetic on whole numbers,
//! construction. What is not plainly so (an error, a fraction, a comparison of unlike kinds) is left to jq, so that
//! there is one truth; a property test holds both to the same values.

use super::EXPR_OUTPUT_BYTES_MAX;
use super::tree::Term;
use baton_base::limits::JSON_DEPTH_MAX;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term as JqTerm};
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Opt, Part};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cmp::Ordering;

/// A variable's value by its name (without `$`).
pub(super) type Find<'f, 'v> = &'f dyn Fn(&str) -> Option<Cow<'v, Value>>;

/// The variable that holds the references of secrets.
const SECRETS: &str = "secrets";

/// A plain expression.
#[derive(Debug)]
pub(super) enum Native {
    Input,
    Var(String),
    Literal(Value),
    Key(Box<Native>, String),
    /// A secret's reference; where it is not there, jq says so.
    Secret(String),
    Index(Box<Native>, i64),
    Pipe(Box<Native>, Box<Native>),
    Compare(Cmp, Box<Native>, Box<Native>),
    And(Box<Native>, Box<Native>),
    Or(Box<Native>, Box<Native>),
    Alt(Box<Native>, Box<Native>),
    If(Vec<(Native, Native)>, Box<Native>),
    Math(Math, Box<Native>, Box<Native>),
    Object(Vec<(String, Native)>),
    Array(Vec<Native>),
    Text(Vec<Native>),
    Not,
    Length,
}

/// What a value may still take.
struct Budget {
    bytes: usize,
}

impl Native {
    /// The plain form of a term, if it has one.
    pub(super) fn of(term: &Term<'_>) -> Option<Self> {
        Some(match term {
            JqTerm::Id => Self::Input,
            JqTerm::Num(text) => Self::Literal(Value::from(text.parse::<i64>().ok()?)),
            JqTerm::Neg(inner) => match Self::of(inner)? {
                Self::Literal(Value::Number(n)) => Self::Literal(Value::from(n.as_i64()?.checked_neg()?)),
                _ => return None,
            },
            JqTerm::Str(None, parts) => text(parts)?,
            JqTerm::Var(name) => Self::Var(name.trim_start_matches('$').to_owned()),
            JqTerm::Arr(None) => Self::Literal(Value::Array(Vec::new())),
            JqTerm::Arr(Some(inner)) => {
                let mut parts = Vec::new();
                commas(inner, &mut parts)?;
                Self::Array(parts)
            }
            JqTerm::Obj(entries) => Self::Object(entries.iter().map(entry).collect::<Option<_>>()?),
            JqTerm::BinOp(l, op, r) => binary(l, op, r)?,
            JqTerm::IfThenElse(cases, otherwise) => {
                let cases = cases.iter().map(|(when, then)| Some((Self::of(when)?, Self::of(then)?)));
                let otherwise = otherwise.as_ref().map_or(Some(Self::Input), |otherwise| Self::of(otherwise))?;
                Self::If(cases.collect::<Option<_>>()?, Box::new(otherwise))
            }
            JqTerm::Call(name, args) if args.is_empty() => match *name {
                "null" => Self::Literal(Value::Null),
                "true" => Self::Literal(Value::Bool(true)),
                "false" => Self::Literal(Value::Bool(false)),
                "not" => Self::Not,
                "length" => Self::Length,
                _ => return None,
            },
            JqTerm::Path(base, path) => {
                let mut native = Self::of(base)?;
                for (part, opt) in &path.0 {
                    let (Part::Index(index), Opt::Essential) = (part, opt) else { return None };
                    native = match Self::of(index)? {
                        Self::Literal(Value::String(key)) => match native {
                            Self::Var(name) if name == SECRETS => Self::Secret(key),
                            base => Self::Key(Box::new(base), key),
                        },
                        Self::Literal(Value::Number(n)) => Self::Index(Box::new(native), n.as_i64()?),
                        _ => return None,
                    };
                }
                native
            }
            _ => return None,
        })
    }

    /// The value, unless jq has to say.
    pub(super) fn eval<'v>(&self, input: &'v Value, find: Find<'_, 'v>) -> Option<Value> {
        let mut budget = Budget { bytes: EXPR_OUTPUT_BYTES_MAX };
        let value = self.run(input, find, &mut budget)?;
        budget.own(value, JSON_DEPTH_MAX)
    }

    /// Whether the value is neither `false` nor `null`, unless jq has to say.
    pub(super) fn truth<'v>(&self, input: &'v Value, find: Find<'_, 'v>) -> Option<bool> {
        let mut budget = Budget { bytes: EXPR_OUTPUT_BYTES_MAX };
        self.run(input, find, &mut budget).map(|value| holds(&value))
    }

    fn run<'v>(&self, input: &'v Value, find: Find<'_, 'v>, budget: &mut Budget) -> Option<Cow<'v, Value>> {
        match self {
            Self::Input => Some(Cow::Borrowed(input)),
            Self::Var(name) => find(name),
            Self::Literal(value) => Some(Cow::Owned(value.clone())),
            Self::Secret(name) => find(SECRETS)?.get(name).map(|found| Cow::Owned(found.clone())),
            Self::Key(base, key) => at_key(base.run(input, find, budget)?, key),
            Self::Index(base, index) => at_index(base.run(input, find, budget)?, *index),
            Self::Pipe(l, r) => match l.run(input, find, budget)? {
                Cow::Borrowed(value) => r.run(value, find, budget),
                Cow::Owned(value) => {
                    // The right side may borrow from `value`, which ends here.
                    let find_owned = |name: &str| find(name).map(|found| Cow::Owned(found.into_owned()));
                    let right = r.run(&value, &find_owned, budget)?;
                    Some(Cow::Owned(right.into_owned()))
                }
            },
            Self::Compare(cmp, l, r) => {
                let (l, r) = (l.run(input, find, budget)?, r.run(input, find, budget)?);
                compare(*cmp, &l, &r).map(|holds| Cow::Owned(Value::Bool(holds)))
            }
            Self::And(l, r) => {
                let holds = holds(&*l.run(input, find, budget)?) && holds(&*r.run(input, find, budget)?);
                Some(Cow::Owned(Value::Bool(holds)))
            }
            Self::Or(l, r) => {
                let holds = holds(&*l.run(input, find, budget)?) || holds(&*r.run(input, find, budget)?);
                Some(Cow::Owned(Value::Bool(holds)))
            }
            Self::Alt(l, r) => {
                let left = l.run(input, find, budget)?;
                if holds(&left) { Some(left) } else { r.run(input, find, budget) }
            }
            Self::If(cases, otherwise) => {
                for (when, then) in cases {
                    if holds(&*when.run(input, find, budget)?) {
                        return then.run(input, find, budget);
                    }
                }
                otherwise.run(input, find, budget)
            }
            Self::Math(math, l, r) => {
                let (l, r) = (l.run(input, find, budget)?, r.run(input, find, budget)?);
                calculate(*math, l, r, budget)
            }
            Self::Object(_) | Self::Array(_) | Self::Text(_) => self.build(input, find, budget).map(Cow::Owned),
            Self::Not => Some(Cow::Owned(Value::Bool(!holds(input)))),
            Self::Length => length(input).map(|n| Cow::Owned(Value::from(n))),
        }
    }

    /// A value made of others.
    fn build<'v>(&self, input: &'v Value, find: Find<'_, 'v>, budget: &mut Budget) -> Option<Value> {
        Some(match self {
            Self::Object(entries) => {
                let mut map = Map::with_capacity(entries.len());
                for (key, value) in entries {
                    budget.spend(key.len())?;
                    let value = value.run(input, find, budget)?;
                    map.insert(key.clone(), budget.own(value, JSON_DEPTH_MAX)?);
                }
                Value::Object(map)
            }
            Self::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    let value = item.run(input, find, budget)?;
                    list.push(budget.own(value, JSON_DEPTH_MAX)?);
                }
                Value::Array(list)
            }
            Self::Text(parts) => {
                let mut joined = String::new();
                for part in parts {
                    push_text(&mut joined, &*part.run(input, find, budget)?, budget)?;
                }
                Value::String(joined)
            }
            _ => return None,
        })
    }
}

fn text(parts: &[StrPart<&str, Term<'_>>]) -> Option<Native> {
    let mut joined: Vec<Native> = Vec::new();
    for part in parts {
        let piece = match part {
            StrPart::Str(text) => (*text).to_owned(),
            StrPart::Char(c) => c.to_string(),
            StrPart::Term(inner) => {
                joined.push(Native::of(inner)?);
                continue;
            }
        };
        match joined.last_mut() {
            Some(Native::Literal(Value::String(last))) => last.push_str(&piece),
            _ => joined.push(Native::Literal(Value::String(piece))),
        }
    }
    Some(match joined.as_slice() {
        [] => Native::Literal(Value::String(String::new())),
        [Native::Literal(Value::String(_))] => joined.remove(0),
        _ => Native::Text(joined),
    })
}

fn commas(term: &Term<'_>, parts: &mut Vec<Native>) -> Option<()> {
    if let JqTerm::BinOp(l, BinaryOp::Comma, r) = term {
        commas(l, parts)?;
        return commas(r, parts);
    }
    parts.push(Native::of(term)?);
    Some(())
}

fn entry((key, value): &(Term<'_>, Option<Term<'_>>)) -> Option<(String, Native)> {
    let name = match (key, value) {
        (JqTerm::Str(None, parts), _) => match text(parts)? {
            Native::Literal(Value::String(name)) => name,
            _ => return None,
        },
        _ => return None,
    };
    let value = match value {
        Some(value) => Native::of(value)?,
        None => Native::Key(Box::new(Native::Input), name.clone()),
    };
    Some((name, value))
}

fn binary(l: &Term<'_>, op: &BinaryOp<&str>, r: &Term<'_>) -> Option<Native> {
    let both = || Some((Box::new(Native::of(l)?), Box::new(Native::of(r)?)));
    Some(match op {
        // What is read of secrets behind a pipe may not be there.
        BinaryOp::Pipe(None) if matches!(l, JqTerm::Var("$secrets")) => return None,
        BinaryOp::Pipe(None) => both().map(|(l, r)| Native::Pipe(l, r))?,
        BinaryOp::Alt => both().map(|(l, r)| Native::Alt(l, r))?,
        BinaryOp::And => both().map(|(l, r)| Native::And(l, r))?,
        BinaryOp::Or => both().map(|(l, r)| Native::Or(l, r))?,
        BinaryOp::Cmp(cmp) => both().map(|(l, r)| Native::Compare(*cmp, l, r))?,
        BinaryOp::Math(math @ (Math::Add | Math::Sub | Math::Mul)) => both().map(|(l, r)| Native::Math(*math, l, r))?,
        _ => return None,
    })
}

fn holds(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn at_key<'v>(base: Cow<'v, Value>, key: &str) -> Option<Cow<'v, Value>> {
    const NULL: Value = Value::Null;
    Some(match base {
        Cow::Borrowed(Value::Object(map)) => map.get(key).map_or(Cow::Owned(NULL), Cow::Borrowed),
        Cow::Owned(Value::Object(mut map)) => Cow::Owned(map.swap_remove(key).unwrap_or(NULL)),
        Cow::Borrowed(Value::Null) | Cow::Owned(Value::Null) => Cow::Owned(NULL),
        _ => return None,
    })
}

fn at_index(base: Cow<'_, Value>, index: i64) -> Option<Cow<'_, Value>> {
    let place = |len: usize| {
        let at = if index < 0 { i64::try_from(len).ok()?.checked_add(index)? } else { index };
        usize::try_from(at).ok()
    };
    Some(match base {
        Cow::Borrowed(Value::Array(items)) => {
            place(items.len()).and_then(|at| items.get(at)).map_or(Cow::Owned(Value::Null), Cow::Borrowed)
        }
        Cow::Owned(Value::Array(mut items)) => {
            let found = place(items.len()).filter(|at| *at < items.len()).map(|at| items.swap_remove(at));
            Cow::Owned(found.unwrap_or(Value::Null))
        }
        _ => return None,
    })
}

/// The place of a kind in jq's order.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}

fn compare(cmp: Cmp, l: &Value, r: &Value) -> Option<bool> {
    let order = match (l, r) {
        (Value::Number(l), Value::Number(r)) => l.as_i64()?.cmp(&r.as_i64()?),
        (Value::String(l), Value::String(r)) => l.as_bytes().cmp(r.as_bytes()),
        (Value::Array(_) | Value::Object(_), Value::Array(_) | Value::Object(_)) if rank(l) == rank(r) => return None,
        _ => rank(l).cmp(&rank(r)),
    };
    Some(match cmp {
        Cmp::Lt => order == Ordering::Less,
        Cmp::Le => order != Ordering::Greater,
        Cmp::Gt => order == Ordering::Greater,
        Cmp::Ge => order != Ordering::Less,
        Cmp::Eq => order == Ordering::Equal,
        Cmp::Ne => order != Ordering::Equal,
    })
}

fn calculate<'v>(math: Math, l: Cow<'v, Value>, r: Cow<'v, Value>, budget: &mut Budget) -> Option<Cow<'v, Value>> {
    match (math, &*l, &*r) {
        (_, Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_i64()?, b.as_i64()?);
            let result = match math {
                Math::Add => a.checked_add(b)?,
                Math::Sub => a.checked_sub(b)?,
                Math::Mul => a.checked_mul(b)?,
                Math::Div | Math::Rem => return None,
            };
            Some(Cow::Owned(Value::from(result)))
        }
        (Math::Add, Value::Null, _) => Some(r),
        (Math::Add, _, Value::Null) => Some(l),
        (Math::Add, Value::String(a), Value::String(b)) => {
            budget.spend(a.len() + b.len())?;
            Some(Cow::Owned(Value::String([a.as_str(), b.as_str()].concat())))
        }
        _ => None,
    }
}

fn push_text(to: &mut String, value: &Value, budget: &mut Budget) -> Option<()> {
    match value {
        Value::String(text) => {
            budget.spend(text.len())?;
            to.push_str(text);
        }
        Value::Number(n) => to.push_str(&n.as_i64()?.to_string()),
        Value::Bool(flag) => to.push_str(if *flag { "true" } else { "false" }),
        Value::Null => to.push_str("null"),
        Value::Array(_) | Value::Object(_) => return None,
    }
    Some(())
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Null => Some(0),
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(map) => Some(map.len()),
        Value::Bool(_) | Value::Number(_) => None,
    }
}

impl Budget {
    fn spend(&mut self, bytes: usize) -> Option<()> {
        self.bytes = self.bytes.checked_sub(bytes + 4)?;
        Some(())
    }

    /// A value of its own, if it is not too large or deep.
    fn own(&mut self, value: Cow<'_, Value>, depth: usize) -> Option<Value> {
        self.count(&value, depth)?;
        Some(value.into_owned())
    }

    fn count(&mut self, value: &Value, depth: usize) -> Option<()> {
        if depth == 0 {
            return None;
        }
        match value {
            Value::String(text) => self.spend(text.len()),
            Value::Array(items) => {
                self.spend(0)?;
                items.iter().try_for_each(|item| self.count(item, depth - 1))
            }
            Value::Object(map) => {
                self.spend(0)?;
                map.iter().try_for_each(|(key, value)| {
                    self.bytes = self.bytes.checked_sub(key.len())?;
                    self.count(value, depth - 1)
                })
            }
            _ => self.spend(0),
        }
    }
}
