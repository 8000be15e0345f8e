//! Walking and rewriting syntax trees.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term as JqTerm};
use jaq_core::path::{Part, Path};
use std::collections::HashSet;

pub(super) type Term<'a> = JqTerm<&'a str>;

/// Names of all functions called in a term.
pub(super) fn calls<'a>(term: &Term<'a>) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    collect_calls(term, &mut found);
    found
}

pub(super) fn collect_calls<'a>(term: &Term<'a>, found: &mut HashSet<&'a str>) {
    match term {
        JqTerm::Call(name, _) => {
            found.insert(*name);
        }
        JqTerm::Str(Some(format), _) => {
            found.insert(*format);
        }
        // Written `..`, compiled as a call.
        JqTerm::Recurse => {
            found.insert("recurse");
        }
        _ => {}
    }
    each_child(term, &mut |child| collect_calls(child, found));
}

pub(super) fn depth(term: &Term<'_>, at: usize) -> usize {
    let mut deepest = at;
    each_child(term, &mut |child| deepest = deepest.max(depth(child, at + 1)));
    deepest
}

/// Visits the direct parts of a term.
pub(super) fn each_child<'t, 'a>(term: &'t Term<'a>, visit: &mut dyn FnMut(&'t Term<'a>)) {
    match term {
        JqTerm::Str(_, parts) => parts.iter().for_each(|part| {
            if let StrPart::Term(inner) = part {
                visit(inner);
            }
        }),
        JqTerm::Arr(inner) => inner.iter().for_each(|inner| visit(inner)),
        JqTerm::Obj(entries) => entries.iter().for_each(|(key, value)| {
            visit(key);
            value.iter().for_each(&mut *visit);
        }),
        JqTerm::Neg(inner) | JqTerm::Label(_, inner) => visit(inner),
        JqTerm::BinOp(l, op, r) => {
            visit(l);
            if let BinaryOp::Pipe(Some(pattern)) = op {
                pattern_terms(pattern, visit);
            }
            visit(r);
        }
        JqTerm::Fold(_, xs, pattern, args) => {
            visit(xs);
            pattern_terms(pattern, visit);
            args.iter().for_each(visit);
        }
        JqTerm::TryCatch(body, handler) => {
            visit(body);
            handler.iter().for_each(|handler| visit(handler));
        }
        JqTerm::IfThenElse(cases, otherwise) => {
            cases.iter().for_each(|(when, then)| {
                visit(when);
                visit(then);
            });
            otherwise.iter().for_each(|otherwise| visit(otherwise));
        }
        JqTerm::Def(defs, body) => {
            defs.iter().for_each(|def| visit(&def.body));
            visit(body);
        }
        JqTerm::Call(_, args) => args.iter().for_each(visit),
        JqTerm::Path(base, path) => {
            visit(base);
            path_terms(path, visit);
        }
        JqTerm::Id | JqTerm::Recurse | JqTerm::Num(_) | JqTerm::Break(_) | JqTerm::Var(_) => {}
    }
}

pub(super) fn pattern_terms<'t, 'a>(pattern: &'t Pattern<&'a str>, visit: &mut dyn FnMut(&'t Term<'a>)) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter().for_each(|item| pattern_terms(item, visit)),
        Pattern::Obj(entries) => entries.iter().for_each(|(key, value)| {
            visit(key);
            pattern_terms(value, visit);
        }),
    }
}

pub(super) fn path_terms<'t, 'a>(path: &'t Path<Term<'a>>, visit: &mut dyn FnMut(&'t Term<'a>)) {
    for (part, _) in &path.0 {
        match part {
            Part::Index(index) => visit(index),
            Part::Range(from, to) => from.iter().chain(to).for_each(&mut *visit),
        }
    }
}

pub(super) fn bound_by<'a>(pattern: &Pattern<&'a str>, names: &mut Vec<&'a str>) {
    match pattern {
        Pattern::Var(name) => names.push(name),
        Pattern::Arr(items) => items.iter().for_each(|item| bound_by(item, names)),
        Pattern::Obj(entries) => entries.iter().for_each(|(key, value)| {
            // `{$x}` binds by its key.
            if let JqTerm::Var(name) = key {
                names.push(name);
            }
            bound_by(value, names);
        }),
    }
}

/// Whether a term reads any variable: if so, its cost for one part of the input is not bounded by that part.
pub(super) fn reads_vars(term: &Term<'_>) -> bool {
    let mut found = matches!(term, JqTerm::Var(_));
    each_child(term, &mut |child| found = found || reads_vars(child));
    found
}

/// Whether a term's value does not depend on its input: variables, literals, and what is made of them.
pub(super) fn ignores_input(term: &Term<'_>) -> bool {
    match term {
        JqTerm::Id | JqTerm::Recurse => false,
        JqTerm::Var(_) | JqTerm::Num(_) => true,
        JqTerm::BinOp(l, BinaryOp::Pipe(None), _) => ignores_input(l),
        // `.a` reads the input; `$x.a` does not.
        JqTerm::Path(base, _) => ignores_input(base),
        JqTerm::Call(_, _) => false,
        _ => {
            let mut all = true;
            each_child(term, &mut |child| all = all && ignores_input(child));
            all
        }
    }
}

/// Collects the keys of its input that a term reads; false where it may read more than those.
pub(super) fn keys_read<'a>(term: &Term<'a>, keys: &mut Vec<String>) -> bool {
    let mut all = |terms: &mut dyn Iterator<Item = &Term<'a>>| {
        let mut known = true;
        terms.for_each(|term| known = known && keys_read(term, keys));
        known
    };
    match term {
        JqTerm::Num(_) | JqTerm::Var(_) => true,
        JqTerm::Call(name, args) => args.is_empty() && matches!(*name, "true" | "false" | "null" | "empty"),
        JqTerm::Str(None, parts) => all(&mut parts.iter().filter_map(|part| match part {
            StrPart::Term(inner) => Some(inner),
            _ => None,
        })),
        JqTerm::Arr(inner) => all(&mut inner.iter().map(|inner| &**inner)),
        JqTerm::Obj(entries) => {
            // `{a}` reads a key without saying so.
            entries.iter().all(|(_, value)| value.is_some())
                && all(&mut entries.iter().flat_map(|(key, value)| std::iter::once(key).chain(value)))
        }
        JqTerm::Neg(inner) => keys_read(inner, keys),
        // What is right of a pipe reads what is left of it.
        JqTerm::BinOp(l, BinaryOp::Pipe(None), _) => keys_read(l, keys),
        JqTerm::BinOp(l, BinaryOp::Pipe(Some(Pattern::Var(_))), r) => all(&mut [&**l, &**r].into_iter()),
        JqTerm::BinOp(
            l,
            BinaryOp::Comma | BinaryOp::Alt | BinaryOp::And | BinaryOp::Or | BinaryOp::Cmp(_) | BinaryOp::Math(_),
            r,
        ) => all(&mut [&**l, &**r].into_iter()),
        JqTerm::IfThenElse(cases, Some(otherwise)) => {
            all(&mut cases.iter().flat_map(|(when, then)| [when, then]).chain([&**otherwise]))
        }
        JqTerm::Path(base, path) => {
            let mut parts = path.0.iter();
            let known = match (&**base, parts.next()) {
                (JqTerm::Id, Some((Part::Index(JqTerm::Str(None, key)), _))) => match key.as_slice() {
                    [StrPart::Str(key)] => {
                        keys.push((*key).to_owned());
                        true
                    }
                    _ => false,
                },
                (JqTerm::Id, _) => false,
                (base, _) => keys_read(base, keys),
            };
            // Indices are made from the input as well; only plain ones are looked at.
            let plain = |part: &Part<Term<'a>>| match part {
                Part::Index(JqTerm::Num(_)) => true,
                Part::Index(JqTerm::Str(None, text)) => !text.iter().any(|part| matches!(part, StrPart::Term(_))),
                Part::Index(_) => false,
                Part::Range(from, to) => from.is_none() && to.is_none(),
            };
            known && path.0.iter().all(|(part, _)| plain(part))
        }
        _ => false,
    }
}

/// The name in `$secrets.NAME`, where a term begins so.
pub(super) fn secret_named<'a>(term: &Term<'a>) -> Option<&'a str> {
    let JqTerm::Path(base, path) = term else { return None };
    match (&**base, path.0.first()) {
        (JqTerm::Var("$secrets"), Some((Part::Index(JqTerm::Str(None, key)), _))) => match key.as_slice() {
            [StrPart::Str(name)] => Some(*name),
            _ => None,
        },
        _ => None,
    }
}

/// Names of the secrets that a term names literally.
pub(super) fn secrets_named<'a>(term: &Term<'a>, names: &mut Vec<String>) {
    names.extend(secret_named(term).map(str::to_owned));
    each_child(term, &mut |child| secrets_named(child, names));
}

/// Records variables of a term inside a pattern.
pub(super) fn self_term<'a>(vars: &mut Vec<String>, bound: &[&'a str], term: &Term<'a>) {
    if let JqTerm::Var(name) = term {
        let plain = name.trim_start_matches('$');
        if !bound.contains(name) && !vars.iter().any(|known| known == plain) {
            vars.push(plain.to_owned());
        }
    }
    each_child(term, &mut |child| self_term(vars, bound, child));
}
