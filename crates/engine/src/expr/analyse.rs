//! What an expression's syntax tree says about it: the variables it reads, whether it must end, and how its work
//! grows with its input.
//!
//! For an input of size `n`, work is bounded by `n^cost`, the number of results by `n^outs`, their summed size by
//! `n^total`. Applying `f` to parts whose sizes sum to `n` costs no more than applying it to all (`Σ|e|^k ≤ n^k`),
//! unless `f` reads variables: then each part may cost as much as the variable allows.

use super::tree::{self, Term};
use super::{EXPR_DEPTH_MAX, ExprError};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term as JqTerm};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

/// Not offered anywhere: they read the outside, write to it, or end the program.
const REFUSED: &[&str] = &[
    "env",
    "input",
    "inputs",
    "input_line_number",
    "input_filename",
    "halt",
    "halt_error",
    "now",
    "localtime",
    "strflocaltime",
    "mktime",
    "debug",
    "debug_empty",
    "stderr",
    "stderr_empty",
    "get_search_list",
    "modulemeta",
    "repl",
];

/// Functions that end on every input, and whose results are no larger than their inputs together.
const FINITE: &[&str] = &[
    "length",
    "keys",
    "keys_unsorted",
    "has",
    "in",
    "add",
    "tostring",
    "tojson",
    "ascii_downcase",
    "ascii_upcase",
    "split",
    "sort",
    "unique",
    "min",
    "max",
    "first",
    "last",
    "to_entries",
    "from_entries",
    "not",
    "true",
    "false",
    "null",
    "empty",
    "error",
    "type",
    "floor",
    "round",
    "ceil",
    "abs",
    "startswith",
    "endswith",
    "ltrimstr",
    "rtrimstr",
    "trim",
    "ltrim",
    "rtrim",
    "reverse",
    "values",
    "nulls",
    "strings",
    "numbers",
    "arrays",
    "objects",
    "booleans",
    "scalars",
    "iterables",
    "isboolean",
    "isnumber",
    "isstring",
    "isarray",
    "isobject",
    "flatten",
    "utf8bytelength",
    "join",
];
/// Finite, comparing all parts of one value with all parts of another.
const FINITE_PAIRWISE: &[&str] = &["contains", "inside", "indices", "index", "rindex"];
/// Finite, applying their argument to each part of their input, and collecting.
const FINITE_EACH: &[&str] =
    &["map", "map_values", "sort_by", "group_by", "unique_by", "min_by", "max_by", "with_entries", "any", "all", "del"];

/// Exponents of growth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Growth {
    cost: u32,
    outs: u32,
    total: u32,
}

/// What is known of an expression.
#[derive(Debug, Clone)]
pub(super) struct Analysis {
    /// Variables read, without `$`, in order of first use.
    pub vars: Vec<String>,
    /// Why it may never end, if it may.
    pub unbounded: Option<String>,
    growth: Growth,
    doublings: u32,
}

impl Analysis {
    /// Bound on the work for an input of this size, node visits.
    pub fn work(&self, size: u64) -> u64 {
        let steps = size.saturating_add(2).saturating_pow(self.growth.cost.max(self.growth.total).max(1));
        steps.saturating_mul(1_u64.checked_shl(self.doublings.min(40)).unwrap_or(u64::MAX))
    }
}

/// Analyses an expression; refuses what is not offered at all.
pub(super) fn analyse(term: &Term<'_>) -> Result<Analysis, ExprError> {
    if tree::depth(term, 0) > EXPR_DEPTH_MAX {
        return Err(ExprError::new(format!("the expression is nested deeper than {EXPR_DEPTH_MAX} levels")));
    }
    let mut walk = Walk::default();
    let growth = walk.term(term);
    if let Some(name) = walk.refused {
        return Err(ExprError::new(format!(
            "'{name}' is not offered: an expression reads its input and variables only; time is in $task and $workflow"
        )));
    }
    Ok(Analysis { vars: walk.vars, unbounded: walk.unbounded, growth, doublings: walk.doublings })
}

#[derive(Default)]
struct Walk<'a> {
    vars: Vec<String>,
    bound: Vec<&'a str>,
    unbounded: Option<String>,
    refused: Option<String>,
    doublings: u32,
    in_pipe: u32,
}

impl<'a> Walk<'a> {
    fn unbounded(&mut self, why: impl Into<String>) -> Growth {
        self.unbounded.get_or_insert(why.into());
        Growth { cost: 1, outs: 1, total: 1 }
    }

    fn var(&mut self, name: &'a str) -> Growth {
        if name == "$ENV" || name.starts_with("$__") {
            self.refused.get_or_insert(name.to_owned());
        }
        let plain = name.trim_start_matches('$');
        if !self.bound.contains(&name) && !self.vars.iter().any(|known| known == plain) {
            self.vars.push(plain.to_owned());
        }
        Growth { cost: 1, outs: 0, total: 1 }
    }

    fn term(&mut self, term: &Term<'a>) -> Growth {
        match term {
            JqTerm::Id => Growth { cost: 1, outs: 0, total: 1 },
            JqTerm::Num(_) => Growth::default(),
            JqTerm::Var(name) => self.var(name),
            JqTerm::Recurse => self.unbounded("it uses '..'"),
            JqTerm::Str(None, parts) => self.text(parts),
            JqTerm::Str(Some(format), parts) => {
                self.text(parts);
                self.unbounded(format!("it uses {format}"))
            }
            JqTerm::Arr(None) => Growth::default(),
            JqTerm::Arr(Some(inner)) => collected(self.term(inner)),
            JqTerm::Obj(entries) => self.object(entries),
            JqTerm::Neg(inner) => self.term(inner),
            JqTerm::BinOp(l, op, r) => self.binary(l, op, r),
            JqTerm::Label(_, inner) => {
                self.term(inner);
                self.unbounded("it uses 'label'")
            }
            JqTerm::Break(_) => self.unbounded("it uses 'break'"),
            JqTerm::Fold(name, xs, pattern, args) => self.fold(name, xs, pattern, args),
            JqTerm::TryCatch(body, handler) => {
                let body = self.term(body);
                handler.as_ref().map_or(body, |handler| widest(body, self.term(handler)))
            }
            JqTerm::IfThenElse(cases, otherwise) => self.cases(cases, otherwise.as_deref()),
            JqTerm::Def(defs, body) => {
                for def in defs {
                    let outer = self.bound.len();
                    self.bound.extend(def.args.iter().filter(|arg| arg.starts_with('$')));
                    self.term(&def.body);
                    self.bound.truncate(outer);
                }
                self.term(body);
                self.unbounded("it uses 'def'")
            }
            JqTerm::Call(name, args) => self.call(name, args),
            JqTerm::Path(base, path) => self.path(base, path),
        }
    }

    fn text(&mut self, parts: &[StrPart<&'a str, Term<'a>>]) -> Growth {
        let mut growth = Growth::default();
        for part in parts {
            if let StrPart::Term(inner) = part {
                let inner = self.term(inner);
                growth = product(growth, inner);
            }
        }
        growth
    }

    fn object(&mut self, entries: &[(Term<'a>, Option<Term<'a>>)]) -> Growth {
        let mut growth = Growth::default();
        for (key, value) in entries {
            growth = product(growth, self.term(key));
            if let Some(value) = value {
                growth = product(growth, self.term(value));
            }
        }
        growth
    }

    fn cases(&mut self, cases: &[(Term<'a>, Term<'a>)], otherwise: Option<&Term<'a>>) -> Growth {
        let mut growth = otherwise.map_or(Growth { cost: 1, outs: 0, total: 1 }, |otherwise| self.term(otherwise));
        for (when, then) in cases {
            let when = self.term(when);
            let then = self.term(then);
            let both = Growth {
                cost: when.cost.max(then.cost) + when.outs,
                outs: when.outs + then.outs,
                total: when.outs + then.total,
            };
            growth = widest(growth, both);
        }
        growth
    }

    fn binary(&mut self, l: &Term<'a>, op: &BinaryOp<&'a str>, r: &Term<'a>) -> Growth {
        match op {
            BinaryOp::Pipe(None) => {
                let left = self.term(l);
                self.in_pipe += 1;
                let right = self.term(r);
                self.in_pipe -= 1;
                piped(left, right, tree::reads_vars(r))
            }
            BinaryOp::Pipe(Some(pattern)) => self.binding(l, pattern, r),
            BinaryOp::Comma | BinaryOp::Alt => {
                let left = self.term(l);
                widest(left, self.term(r))
            }
            BinaryOp::Or | BinaryOp::And | BinaryOp::Cmp(_) => {
                let both = product(self.term(l), self.term(r));
                Growth { total: both.outs, ..both }
            }
            BinaryOp::Math(math) => self.math(*math, l, r),
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateAlt | BinaryOp::UpdateMath(_) => {
                if matches!(op, BinaryOp::UpdateMath(Math::Mul)) {
                    self.unbounded("it uses '*='");
                }
                self.doublings += 1;
                let (left, right) = (self.term(l), self.term(r));
                let outs = left.outs + right.outs;
                let parts = left.outs.max(1);
                Growth { cost: parts * left.cost.max(right.cost).max(1) + right.outs, outs, total: parts + right.total }
            }
        }
    }

    fn math(&mut self, math: Math, l: &Term<'a>, r: &Term<'a>) -> Growth {
        let literal_text = |term: &Term<'a>| matches!(term, JqTerm::Str(..));
        if matches!(math, Math::Mul) && (literal_text(l) || literal_text(r)) {
            self.unbounded("it repeats a text");
        }
        if self.in_pipe > 0 && matches!(math, Math::Add | Math::Mul) {
            self.doublings += 1;
        }
        product(self.term(l), self.term(r))
    }

    fn binding(&mut self, l: &Term<'a>, pattern: &Pattern<&'a str>, r: &Term<'a>) -> Growth {
        let left = self.term(l);
        let outer = self.bound.len();
        tree::bound_by(pattern, &mut self.bound);
        tree::pattern_terms(pattern, &mut |term| {
            if !matches!(term, JqTerm::Var(_)) {
                tree::self_term(self.vars.as_mut(), &self.bound, term);
            }
        });
        let right = self.term(r);
        self.bound.truncate(outer);
        Growth {
            cost: left.cost.max(left.outs + right.cost),
            outs: left.outs + right.outs,
            total: left.outs + right.total,
        }
    }

    fn fold(&mut self, name: &str, xs: &Term<'a>, pattern: &Pattern<&'a str>, args: &[Term<'a>]) -> Growth {
        let source = self.term(xs);
        let outer = self.bound.len();
        tree::bound_by(pattern, &mut self.bound);
        let parts: Vec<Growth> = args.iter().map(|arg| self.term(arg)).collect();
        self.bound.truncate(outer);
        // `. + f($x)` grows by what it adds; `. + .` would double at each step.
        let steady = name == "reduce"
            && args.get(1).is_some_and(|update| match update {
                JqTerm::BinOp(l, BinaryOp::Math(Math::Add | Math::Sub), r) => {
                    matches!(**l, JqTerm::Id) && tree::ignores_input(r)
                }
                other => tree::ignores_input(other),
            });
        if !steady {
            return self.unbounded(format!("its '{name}' may grow with every step"));
        }
        let update = parts.get(1).copied().unwrap_or_default();
        let cost = source.cost.max(source.outs + update.cost);
        Growth { cost, outs: 0, total: source.outs + update.total }
    }

    fn call(&mut self, name: &'a str, args: &[Term<'a>]) -> Growth {
        if REFUSED.contains(&name) {
            self.refused.get_or_insert(name.to_owned());
        }
        if args.len() > 1 {
            args.iter().for_each(|arg| {
                self.term(arg);
            });
            return self.unbounded(format!("it uses '{name}' with {} arguments", args.len()));
        }
        let reads = args.iter().any(tree::reads_vars);
        self.in_pipe += 1;
        let arg = args.first().map(|arg| self.term(arg)).unwrap_or_default();
        self.in_pipe -= 1;
        let each = Growth { cost: 1, outs: 1, total: 1 };
        let own = Growth { cost: 1, outs: 0, total: 1 };
        match name {
            "select" => Growth { cost: arg.cost.max(1), outs: arg.outs, total: 1 + arg.outs },
            "add" | "first" | "last" | "flatten" if !args.is_empty() => {
                self.unbounded(format!("it uses '{name}' with an argument"))
            }
            _ if FINITE_EACH.contains(&name) => {
                let mapped = piped(each, arg, reads);
                // Sorting and grouping keep their elements, whatever the key.
                Growth { cost: mapped.cost.max(1), outs: 0, total: mapped.total.max(mapped.outs).max(1) }
            }
            _ if FINITE_PAIRWISE.contains(&name) => Growth { cost: 2 * arg.cost.max(1), outs: arg.outs, total: 1 },
            _ if FINITE.contains(&name) => product(own, arg),
            _ => self.unbounded(format!("it uses '{name}'")),
        }
    }

    fn path(&mut self, base: &Term<'a>, path: &Path<Term<'a>>) -> Growth {
        let mut growth = self.term(base);
        growth.cost = growth.cost.max(1);
        growth.total = growth.total.max(1);
        for (part, _) in &path.0 {
            match part {
                Part::Range(None, None) => growth.outs = (growth.outs + 1).min(growth.total),
                Part::Index(index) => growth = product(growth, scalar(self.term(index))),
                Part::Range(from, to) => {
                    for bound in from.iter().chain(to) {
                        growth = product(growth, scalar(self.term(bound)));
                    }
                }
            }
        }
        growth
    }
}

fn scalar(growth: Growth) -> Growth {
    Growth { total: growth.outs, ..growth }
}

fn collected(inner: Growth) -> Growth {
    Growth { cost: inner.cost, outs: 0, total: inner.total.max(inner.outs) }
}

fn widest(a: Growth, b: Growth) -> Growth {
    Growth { cost: a.cost.max(b.cost), outs: a.outs.max(b.outs), total: a.total.max(b.total) }
}

/// Every result of one with every result of the other.
fn product(a: Growth, b: Growth) -> Growth {
    Growth {
        cost: (a.cost + b.outs).max(b.cost + a.outs),
        outs: a.outs + b.outs,
        total: (a.total + b.outs).max(b.total + a.outs),
    }
}

fn piped(a: Growth, b: Growth, b_reads_vars: bool) -> Growth {
    let scale = a.total.max(1);
    let (cost, total) = if b_reads_vars {
        (a.outs + scale * b.cost, a.outs + scale * b.total)
    } else {
        let total = if b.total == 0 { a.outs + b.outs } else { scale * b.total };
        (scale * b.cost.max(1), total)
    };
    Growth { cost: a.cost.max(cost), outs: (a.outs + b.outs).min(total.max(a.outs)), total }
}
