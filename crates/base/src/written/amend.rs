//! A text with other values: what differs is written anew in its place.

use super::render;
use super::same;
use super::tree::{Entry, Node, Tree, What, line_end, line_start};
use serde_json::{Map, Value};

/// What tells one entry of a list from another.
const NAMES: [&str; 2] = ["name", "date"];

/// The text of a tree with these values, and how many comments went.
pub(super) fn amended(text: &str, tree: &Tree, old: &Value, wanted: &Value) -> (String, usize) {
    let mut writer = Writer { text, edits: Vec::new() };
    match (&tree.root.what, old, wanted) {
        (What::Map { entries, flow: false }, Value::Object(old), Value::Object(wanted)) if !wanted.is_empty() => {
            writer.map(entries, old, wanted);
        }
        _ => return (render::whole(wanted), tree.comments.len()),
    }
    let edits = writer.edits;
    let lost = tree.comments.iter().filter(|at| edits.iter().any(|edit| (edit.from..edit.to).contains(*at))).count();
    (applied(text, edits), lost)
}

struct Edit {
    from: usize,
    to: usize,
    text: String,
}

struct Writer<'a> {
    text: &'a str,
    edits: Vec<Edit>,
}

impl Writer<'_> {
    fn put(&mut self, from: usize, to: usize, text: String) {
        self.edits.push(Edit { from, to, text });
    }

    /// The place of a key or dash within its line, which is its indentation.
    fn column(&self, at: usize) -> usize {
        self.text[line_start(self.text, at)..at].chars().count()
    }

    fn map(&mut self, entries: &[Entry], old: &Map<String, Value>, wanted: &Map<String, Value>) {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return };
        let column = self.column(first.start);
        for (at, entry) in entries.iter().enumerate() {
            match (old.get(&entry.key), wanted.get(&entry.key)) {
                (_, None) => self.without_entry(entry, entries.get(at + 1)),
                (Some(old), Some(wanted)) if same(old, wanted) => {}
                (old, Some(wanted)) => self.entry(entry, old.unwrap_or(&Value::Null), wanted, column),
            }
        }
        let is_new = |key: &String| !entries.iter().any(|entry| entry.key == *key);
        let end = line_end(self.text, last.value.end);
        for (key, value) in wanted.iter().filter(|(key, _)| is_new(key)) {
            // What came by an alias of another map is there already.
            if !old.get(key).is_some_and(|old| same(old, value)) {
                self.put(end, end, format!("\n{}{}", " ".repeat(column), render::entry(key, value, column)));
            }
        }
    }

    fn entry(&mut self, entry: &Entry, old: &Value, wanted: &Value, column: usize) {
        let node = &entry.value;
        match (&node.what, old, wanted) {
            (What::Map { entries, flow: false }, Value::Object(old), Value::Object(wanted)) if !wanted.is_empty() => {
                self.map(entries, old, wanted);
            }
            (What::List { items, flow: false }, Value::Array(old), Value::Array(wanted)) => {
                match pairs(old, wanted).filter(|_| !items.is_empty() && !wanted.is_empty()) {
                    Some(pairs) => self.list(items, old, wanted, &pairs),
                    None => self.anew(entry, &Value::Array(wanted.clone()), column),
                }
            }
            _ => self.anew(entry, wanted, column),
        }
    }

    /// A value in place of another. One that stays on its line leaves what is before it alone.
    fn anew(&mut self, entry: &Entry, wanted: &Value, column: usize) {
        let node = &entry.value;
        let new = render::after_key(wanted, column);
        let one_line = node.end > node.start && !self.text[entry.key_end..node.end].contains('\n');
        match new.strip_prefix(' ').filter(|new| one_line && !new.contains('\n')) {
            Some(new) => self.put(node.start, node.end, new.to_owned()),
            None => {
                let colon = self.text[entry.key_end..].find(':').map_or(entry.key_end, |at| entry.key_end + at + 1);
                let end = node.end.max(colon);
                // What stands behind lines of text would be one of them.
                let end = if new.starts_with(" |") { line_end(self.text, end) } else { end };
                self.put(colon, end, new);
            }
        }
    }

    /// An entry goes with its lines; the first after a dash makes room for the next.
    fn without_entry(&mut self, entry: &Entry, next: Option<&Entry>) {
        let start = line_start(self.text, entry.start);
        let alone = self.text[start..entry.start].trim().is_empty();
        match next.filter(|_| !alone) {
            Some(next) => self.put(entry.start, next.start, String::new()),
            None => self.without_lines(start, entry.value.end),
        }
    }

    /// From the line break before a line to the end of the line of another place.
    fn without_lines(&mut self, start: usize, last: usize) {
        let end = line_end(self.text, last);
        match start.checked_sub(1) {
            Some(before) => self.put(before, end, String::new()),
            None => self.put(0, (end + 1).min(self.text.len()), String::new()),
        }
    }

    fn list(&mut self, items: &[Node], old: &[Value], wanted: &[Value], pairs: &[Option<usize>]) {
        let Some(first) = items.first() else { return };
        let dash = self.dash(first);
        let column = self.column(dash);
        for (at, item) in items.iter().enumerate() {
            match (pairs.iter().position(|pair| *pair == Some(at)), old.get(at)) {
                (Some(new), Some(old)) => self.item(item, old, &wanted[new]),
                (Some(_), None) => {}
                (None, _) => self.without_lines(line_start(self.text, self.dash(item)), item.end),
            }
        }
        // A new one stands behind the one before it that was there; at the top, before the first.
        let mut end = line_start(self.text, dash).saturating_sub(1);
        for (value, pair) in wanted.iter().zip(pairs) {
            match pair.and_then(|at| items.get(at)) {
                Some(item) => end = line_end(self.text, item.end),
                None => self.put(end, end, format!("\n{}", render::list_item(value, column))),
            }
        }
    }

    fn dash(&self, item: &Node) -> usize {
        self.text[..item.start].rfind('-').unwrap_or(item.start)
    }

    fn item(&mut self, item: &Node, old: &Value, wanted: &Value) {
        match (&item.what, old, wanted) {
            _ if same(old, wanted) => {}
            (What::Map { entries, flow: false }, Value::Object(old), Value::Object(wanted)) if !wanted.is_empty() => {
                self.map(entries, old, wanted);
            }
            (What::Map { flow: true, .. } | What::List { flow: true, .. } | What::Scalar, ..) => {
                self.put(item.start, item.end, render::inline(wanted));
            }
            (What::Map { .. } | What::List { .. }, ..) => {
                let new = render::list_item(wanted, self.column(self.dash(item)));
                self.put(self.dash(item), item.end, new.trim_start().to_owned());
            }
        }
    }
}

/// Which old entry of a list each wanted one is: the one of its name; where its name is new, the one in its place whose name
/// is gone. None where entries have no names, or stand in another order.
fn pairs(old: &[Value], wanted: &[Value]) -> Option<Vec<Option<usize>>> {
    let name = NAMES.into_iter().find(|name| old.iter().all(|one| one[*name].is_string()))?;
    let of = |value: &Value| value[name].as_str().map(str::to_owned);
    let (before, after) = (names(old, of)?, names(wanted, of)?);
    let found = after.iter().enumerate().map(|(at, one)| {
        let known = before.iter().position(|other| other == one);
        known.or_else(|| before.get(at).filter(|other| !after.contains(other)).map(|_| at))
    });
    let found: Vec<Option<usize>> = found.collect();
    let kept: Vec<usize> = found.iter().flatten().copied().collect();
    kept.is_sorted_by(|a, b| a < b).then_some(found)
}

/// The names of all, if all have one.
fn names(all: &[Value], of: impl Fn(&Value) -> Option<String>) -> Option<Vec<String>> {
    all.iter().map(of).collect()
}

fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.from, edit.to));
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        // Two that overlap do not give what is wanted, which is seen when the text is read.
        out.push_str(text.get(at..edit.from).unwrap_or_default());
        out.push_str(&edit.text);
        at = at.max(edit.to);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
