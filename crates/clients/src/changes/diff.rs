//! What changes, file by file and line by line.

use baton_base::Bundle;
use serde::Serialize;
use std::collections::BTreeSet;

/// Lines around a change.
const CONTEXT: usize = 3;
/// Most cells of one comparison: longer files are shown as replaced.
const CELLS_MAX: usize = 4_000_000;
/// Most lines shown of one file.
const LINES_MAX: usize = 2_000;

/// One file that changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileDiff {
    /// Path.
    pub file: String,
    /// `added`, `removed` or `changed`.
    pub what: &'static str,
    /// Lines with `+`, `-` or a space before each; `@` with a line number of the new file between parts.
    pub lines: Vec<String>,
}

/// The files that differ: as they were written where both have them so, else as they run.
pub fn diff(old: &Bundle, new: &Bundle) -> Vec<FileDiff> {
    let written = !old.sources.is_empty() && !new.sources.is_empty();
    let (old, new) = if written { (&old.sources, &new.sources) } else { (&old.files, &new.files) };
    let paths: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let differ = paths.into_iter().filter(|path| old.get(*path) != new.get(*path));
    differ
        .map(|path| {
            let (before, after) = (old.get(path).map(String::as_str), new.get(path).map(String::as_str));
            let what = match (before, after) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            };
            let mut lines = shown(&changes(before.unwrap_or_default(), after.unwrap_or_default()));
            lines.truncate(LINES_MAX);
            FileDiff { file: path.clone(), what, lines }
        })
        .collect()
}

type Line<'a> = (char, &'a str);

/// Every line with what becomes of it, by the longest common subsequence of what is between the same head and tail.
fn changes<'a>(before: &'a str, after: &'a str) -> Vec<Line<'a>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (inner_a, inner_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut all: Vec<Line<'a>> = a[..head].iter().map(|line| (' ', *line)).collect();
    all.extend(common(inner_a, inner_b));
    all.extend(a[a.len() - tail..].iter().map(|line| (' ', *line)));
    all
}

fn common<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<Line<'a>> {
    if a.len().saturating_mul(b.len()) > CELLS_MAX {
        return a.iter().map(|line| ('-', *line)).chain(b.iter().map(|line| ('+', *line))).collect();
    }
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push((' ', a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            out.push(('-', a[i]));
            i += 1;
        } else {
            out.push(('+', b[j]));
            j += 1;
        }
    }
    out
}

/// Changed lines with what is around them.
fn shown(all: &[Line<'_>]) -> Vec<String> {
    let changed: Vec<usize> = all.iter().enumerate().filter(|(_, (sign, _))| *sign != ' ').map(|(at, _)| at).collect();
    let near = |at: usize| {
        let next = changed.partition_point(|changed| *changed < at.saturating_sub(CONTEXT));
        changed.get(next).is_some_and(|found| *found <= at + CONTEXT)
    };
    let (mut out, mut line, mut open) = (Vec::new(), 0_usize, false);
    for (at, (sign, text)) in all.iter().enumerate() {
        line += usize::from(*sign != '-');
        if !near(at) {
            open = false;
            continue;
        }
        if !open {
            out.push(format!("@ {line}"));
            open = true;
        }
        out.push(format!("{sign}{text}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(files: &[(&str, &str)]) -> Bundle {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Bundle { files, ..Bundle::default() }
    }

    #[test]
    fn what_changes_is_shown_with_what_is_around_it() {
        let old = bundle(&[("a", "1\n2\n3\n4\n5\n6\n7\n8\n9"), ("gone", "x"), ("same", "s")]);
        let new = bundle(&[("a", "1\n2\n3\n4\nfive\n6\n7\n8\n9"), ("new", "y"), ("same", "s")]);
        let found = diff(&old, &new);
        assert_eq!(
            found.iter().map(|f| (f.file.as_str(), f.what)).collect::<Vec<_>>(),
            [("a", "changed"), ("gone", "removed"), ("new", "added")]
        );
        assert_eq!(found[0].lines, ["@ 2", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"]);
        assert_eq!(found[1].lines, ["@ 0", "-x"]);
        assert_eq!(found[2].lines, ["@ 1", "+y"]);
    }

    #[test]
    fn applying_the_signs_gives_both_sides() {
        let (before, after) = ("a\nb\nc\nd\ne", "b\nx\nc\ne\nf\na");
        let all = changes(before, after);
        let side = |sign: char| {
            all.iter().filter(|(s, _)| *s == ' ' || *s == sign).map(|(_, l)| *l).collect::<Vec<_>>().join("\n")
        };
        assert_eq!((side('-').as_str(), side('+').as_str()), (before, after));
    }
}
