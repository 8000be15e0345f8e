//! Where the values of a YAML text stand in it.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use std::ops::Range;

/// A text's values with their places, and its comments with theirs, in bytes.
pub(super) struct Tree {
    pub root: Node,
    pub comments: Vec<usize>,
}

/// A value and where it stands.
pub(super) struct Node {
    pub start: usize,
    pub end: usize,
    pub what: What,
}

/// What a value is. `flow` is one in brackets.
pub(super) enum What {
    Scalar,
    Map { entries: Vec<Entry>, flow: bool },
    List { items: Vec<Node>, flow: bool },
}

/// A key and its value.
pub(super) struct Entry {
    pub key: String,
    pub start: usize,
    pub key_end: usize,
    pub value: Node,
}

/// A map or list that has not ended yet.
struct Frame {
    start: usize,
    flow: bool,
    kind: Kind,
}

enum Kind {
    Map { entries: Vec<Entry>, key: Option<(String, Range<usize>)> },
    List(Vec<Node>),
}

impl Tree {
    /// Reads a text of one document; none where it is not YAML, or where a key is no text.
    pub fn read(text: &str) -> Option<Self> {
        let (mut stack, mut root, mut comments) = (Vec::new(), None, Vec::new());
        for parsed in Parser::new_from_str(text) {
            let (event, span) = parsed.ok()?;
            let at = span.byte_range()?;
            match event {
                Event::Comment(..) => comments.push(at.start),
                Event::MappingStart(style, ..) => {
                    stack.push(Frame::of(Kind::Map { entries: Vec::new(), key: None }, style, at.start));
                }
                Event::SequenceStart(style, ..) => stack.push(Frame::of(Kind::List(Vec::new()), style, at.start)),
                Event::MappingEnd | Event::SequenceEnd => {
                    let node = stack.pop()?.closed(at.end);
                    put(text, &mut stack, &mut root, node, None)?;
                }
                Event::Scalar(value, style, ..) => {
                    let node = scalar(text, at);
                    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                    put(text, &mut stack, &mut root, node, Some((&*value, block)))?;
                }
                Event::Alias(_) => put(text, &mut stack, &mut root, scalar(text, at), None)?,
                _ => {}
            }
        }
        Some(Self { root: root?, comments })
    }

    /// Where what a pointer names begins: its key, or the item of a list; of what is not there, the nearest that holds it.
    pub fn find(&self, pointer: &str) -> usize {
        let (mut node, mut at) = (&self.root, self.root.start);
        for step in pointer.split('/').skip(1).map(unescaped) {
            (node, at) = match &node.what {
                What::Map { entries, .. } => match entries.iter().find(|entry| entry.key == step) {
                    Some(entry) => (&entry.value, entry.start),
                    None => break,
                },
                What::List { items, .. } => match step.parse().ok().and_then(|at: usize| items.get(at)) {
                    Some(item) => (item, item.start),
                    None => break,
                },
                What::Scalar => break,
            };
        }
        at
    }

    /// The pointer of the smallest value that stands at a place.
    pub fn pointer(&self, text: &str, at: usize) -> String {
        let (mut node, mut pointer) = (&self.root, String::new());
        loop {
            let found = match &node.what {
                What::Map { entries, flow } => entries
                    .iter()
                    .find(|entry| covers(text, entry.start, entry.value.end, *flow, at))
                    .map(|entry| (escaped(&entry.key), &entry.value)),
                What::List { items, flow } => items
                    .iter()
                    .enumerate()
                    .find(|(_, item)| covers(text, item.start, item.end, *flow, at))
                    .map(|(index, item)| (index.to_string(), item)),
                What::Scalar => None,
            };
            let Some((step, inner)) = found else { return pointer };
            pointer.extend(["/", step.as_str()]);
            node = inner;
        }
    }
}

impl Frame {
    fn of(kind: Kind, style: StructureStyle, start: usize) -> Self {
        Self { start, flow: style == StructureStyle::Flow, kind }
    }

    /// What is in brackets ends with them, anything else with the last that it holds.
    fn closed(self, end: usize) -> Node {
        let Self { start, flow, kind } = self;
        let (first, last, what) = match kind {
            Kind::Map { entries, .. } => {
                let (first, last) = (entries.first().map(|e| e.start), entries.last().map(|e| e.value.end));
                (first, last, What::Map { entries, flow })
            }
            Kind::List(items) => {
                let (first, last) = (items.first().map(|item| item.start), items.last().map(|item| item.end));
                (first, last, What::List { items, flow })
            }
        };
        if flow {
            Node { start, end, what }
        } else {
            Node { start: first.unwrap_or(start), end: last.unwrap_or(start), what }
        }
    }
}

fn scalar(text: &str, at: Range<usize>) -> Node {
    let end = at.start + text.get(at.clone()).unwrap_or_default().trim_end().len();
    Node { start: at.start, end, what: What::Scalar }
}

/// Puts a value where it belongs: under its key, into its list, or at the top. `said` is the text of a scalar, and whether it
/// is one of several lines (`|`, `>`).
fn put(text: &str, stack: &mut [Frame], root: &mut Option<Node>, node: Node, said: Option<(&str, bool)>) -> Option<()> {
    match stack.last_mut().map(|frame| &mut frame.kind) {
        None if root.is_some() => return None,
        None => *root = Some(node),
        Some(Kind::List(items)) => items.push(node),
        Some(Kind::Map { entries, key }) => match key.take() {
            None => *key = Some((said?.0.to_owned(), node.start..node.end)),
            Some((name, at)) => {
                let value = settled(text, at.end, node, said.is_some_and(|(_, block)| block));
                entries.push(Entry { key: name, start: at.start, key_end: at.end, value });
            }
        },
    }
    Some(())
}

/// A value that is not written stands after its colon; one of several lines begins with its sign.
fn settled(text: &str, key_end: usize, mut node: Node, block: bool) -> Node {
    let between = text.get(key_end..node.start).unwrap_or_default();
    if block {
        node.start = between.find(['|', '>']).map_or(node.start, |at| key_end + at);
        node.end = node.end.max(node.start);
    } else if matches!(node.what, What::Scalar) && node.start == node.end {
        let at = key_end + between.find(':').map_or(0, |at| at + 1);
        (node.start, node.end) = (at, at);
    }
    node
}

/// What is not in brackets has its lines for itself.
fn covers(text: &str, start: usize, end: usize, flow: bool, at: usize) -> bool {
    if flow { (start..=end).contains(&at) } else { (line_start(text, start)..=line_end(text, end)).contains(&at) }
}

/// Where the line of a place begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line of a place ends, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |more| at + more)
}

/// Line and column of a place, 1-based.
pub(super) fn line_column(text: &str, at: usize) -> (u32, u32) {
    let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
    let start = line_start(text, at);
    (number(text[..start].matches('\n').count()), number(text[start..at].chars().count()))
}

/// The place of a line and column; none where there is no such line.
pub(super) fn offset(text: &str, line: u32, column: u32) -> Option<usize> {
    let before = usize::try_from(line.checked_sub(1)?).ok()?;
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts.nth(before)?;
    let line = &text[start..line_end(text, start)];
    let chars = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
    Some(start + line.char_indices().nth(chars).map_or(line.len(), |(at, _)| at))
}

fn escaped(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
