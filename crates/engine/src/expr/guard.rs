//! Rewriting of syntax trees, so that jq gives an error where it would give too much, or silently nothing.

use super::tree::Term;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term as JqTerm};
use jaq_core::ops::Math;
use jaq_core::path::{Opt, Part, Path};

/// Key of the error value that tells a missing secret.
pub(super) const MISSING_SECRET: &str = "baton:missing-secret";

/// jq without string repetition, since `"x" * 1e9` would fill the memory; with the error that jq gives for a division by
/// zero, where jaq gives infinity; and with an error for a secret that is not there, where a path gives null.
const LIBRARY: &str = r#"
def baton_mul(a; b): b as $r | a as $l |
  if ($l | isstring) or ($r | isstring) then error("a text cannot be multiplied") else $l * $r end;
def baton_by_zero(l; r): if (l | isnumber) and (r | isnumber) and r == 0 then
  error("\(l) cannot be divided because the divisor is zero") else . end;
def baton_div(a; b): b as $r | a as $l | baton_by_zero($l; $r) | $l / $r;
def baton_rem(a; b): b as $r | a as $l | baton_by_zero($l; $r) | $l % $r;
def baton_secret(a; b): a as $l | b as $r | if ($l | isobject) and ($r | isstring) and ($l | has($r) | not)
  then error({"baton:missing-secret": $r}) else $l[$r] end;"#;

/// The definitions that rewritten terms call.
pub(super) fn library() -> Vec<Def<&'static str>> {
    jaq_core::load::parse(LIBRARY, |p| p.defs()).unwrap_or_default()
}

/// Variable that holds the right side of an update by arithmetic.
const BY: &str = "$baton_by";

/// Rewrites a term; `secrets` says whether `$secrets` in it is the run's, and not a name of its own.
pub(super) struct Guard {
    pub secrets: bool,
}

impl Guard {
    pub(super) fn term<'a>(&self, term: Term<'a>) -> Term<'a> {
        let go = |term: Term<'a>| self.term(term);
        match term {
            JqTerm::BinOp(l, op, r) => self.binary(*l, op, *r),
            JqTerm::Str(format, parts) => {
                let part = |part| match part {
                    StrPart::Term(inner) => StrPart::Term(go(inner)),
                    plain => plain,
                };
                JqTerm::Str(format, parts.into_iter().map(part).collect())
            }
            JqTerm::Arr(inner) => JqTerm::Arr(inner.map(|inner| Box::new(go(*inner)))),
            JqTerm::Obj(entries) => JqTerm::Obj(entries.into_iter().map(|(k, v)| (go(k), v.map(go))).collect()),
            JqTerm::Neg(inner) => JqTerm::Neg(Box::new(go(*inner))),
            JqTerm::Label(name, inner) => JqTerm::Label(name, Box::new(go(*inner))),
            JqTerm::Fold(name, xs, pattern, args) => {
                JqTerm::Fold(name, Box::new(go(*xs)), pattern, args.into_iter().map(go).collect())
            }
            JqTerm::TryCatch(body, handler) => {
                JqTerm::TryCatch(Box::new(go(*body)), handler.map(|handler| Box::new(go(*handler))))
            }
            JqTerm::IfThenElse(cases, otherwise) => JqTerm::IfThenElse(
                cases.into_iter().map(|(when, then)| (go(when), go(then))).collect(),
                otherwise.map(|otherwise| Box::new(go(*otherwise))),
            ),
            JqTerm::Def(defs, body) => {
                let def = |def: Def<&'a str, Term<'a>>| Def { name: def.name, args: def.args, body: go(def.body) };
                JqTerm::Def(defs.into_iter().map(def).collect(), Box::new(go(*body)))
            }
            JqTerm::Call(name, args) => JqTerm::Call(name, args.into_iter().map(go).collect()),
            JqTerm::Path(base, path) => self.path(*base, path),
            plain => plain,
        }
    }

    fn binary<'a>(&self, l: Term<'a>, op: BinaryOp<&'a str>, r: Term<'a>) -> Term<'a> {
        let (l, r) = (self.term(l), self.term(r));
        match op {
            BinaryOp::Math(math) => calculated(math, l, r),
            // As jq defines it: `l op= r` is `r as $x | l |= . op $x`.
            BinaryOp::UpdateMath(math @ (Math::Mul | Math::Div | Math::Rem)) => {
                let update = calculated(math, JqTerm::Id, JqTerm::Var(BY));
                let updated = JqTerm::BinOp(Box::new(l), BinaryOp::Update, Box::new(update));
                JqTerm::BinOp(Box::new(r), BinaryOp::Pipe(Some(Pattern::Var(BY))), Box::new(updated))
            }
            // `$secrets | .x` is `$secrets.x`.
            BinaryOp::Pipe(None) if self.secrets && matches!(l, JqTerm::Var("$secrets")) => match r {
                JqTerm::Path(base, path) if matches!(*base, JqTerm::Id) => self.path(l, path),
                r => JqTerm::BinOp(Box::new(l), BinaryOp::Pipe(None), Box::new(r)),
            },
            op => JqTerm::BinOp(Box::new(l), op, Box::new(r)),
        }
    }

    fn path<'a>(&self, base: Term<'a>, path: Path<Term<'a>>) -> Term<'a> {
        let mut parts: Vec<(Part<Term<'a>>, Opt)> = path.0.into_iter().map(|part| self.part(part)).collect();
        let secret = self.secrets && matches!(base, JqTerm::Var("$secrets"));
        let base = match parts.first() {
            Some((Part::Index(_), _)) if secret => {
                let (first, _) = parts.remove(0);
                let index = match first {
                    Part::Index(index) => index,
                    Part::Range(..) => JqTerm::Id,
                };
                JqTerm::Call("baton_secret", vec![base, index])
            }
            _ => self.term(base),
        };
        if parts.is_empty() { base } else { JqTerm::Path(Box::new(base), Path(parts)) }
    }

    fn part<'a>(&self, (part, opt): (Part<Term<'a>>, Opt)) -> (Part<Term<'a>>, Opt) {
        let part = match part {
            Part::Index(index) => Part::Index(self.term(index)),
            Part::Range(from, to) => Part::Range(from.map(|from| self.term(from)), to.map(|to| self.term(to))),
        };
        (part, opt)
    }
}

fn calculated<'a>(math: Math, l: Term<'a>, r: Term<'a>) -> Term<'a> {
    let name = match math {
        Math::Mul => "baton_mul",
        Math::Div => "baton_div",
        Math::Rem => "baton_rem",
        Math::Add | Math::Sub => return JqTerm::BinOp(Box::new(l), BinaryOp::Math(math), Box::new(r)),
    };
    JqTerm::Call(name, vec![l, r])
}
