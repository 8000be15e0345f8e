//! DMN's XML as a tree that is easy to ask, and where and why a file is refused. Document types are not read, so there are no
//! entities but the five of XML itself, and nothing that could grow; everything has a bound.

use baton_base::{Error, Result};
use roxmltree::{Document, Node, ParsingOptions, TextPos};

/// Most elements, texts and comments of a file.
const NODES_MAX: u32 = 400_000;
/// Deepest nesting, elements.
const DEPTH_MAX: usize = 64;
/// Most attributes of one element, namespaces among them.
const ATTRIBUTES_MAX: usize = 64;
/// Most namespaces that a file declares.
const SPACES_MAX: usize = 1_000;
/// Longest start of an element that declares namespaces, bytes.
const SPACES_BYTES_MAX: usize = 4 * 1024;
/// Most characters of why a file is refused: names in it may be of any length.
const WHY_CHARS_MAX: usize = 200;

/// One element with all that is in it.
#[derive(Debug)]
pub(super) struct Element<'a> {
    node: Node<'a, 'a>,
    children: Vec<Self>,
    /// The text that stands directly in it, put together.
    pub text: String,
    /// 1-based line of its start.
    pub line: u32,
}

impl<'a> Element<'a> {
    /// The root element of a file.
    pub fn root(document: &'a Document<'a>) -> Result<Self> {
        let breaks: Vec<usize> = document.input_text().match_indices('\n').map(|(at, _)| at).collect();
        Self::of(document.root_element(), &breaks, 1)
    }

    fn of(node: Node<'a, 'a>, breaks: &[usize], depth: usize) -> Result<Self> {
        let start = node.range().start;
        if depth > DEPTH_MAX {
            let why = format!("at most {DEPTH_MAX} elements may stand inside each other");
            return Err(refused(place(node.document().input_text(), start), &why));
        }
        let inside = node.children().filter(Node::is_element);
        let children = inside.map(|child| Self::of(child, breaks, depth + 1)).collect::<Result<_>>()?;
        let text = node.children().filter(Node::is_text).filter_map(|child| child.text()).collect();
        let line = number(breaks.partition_point(|at| *at < start) + 1);
        Ok(Self { node, children, text, line })
    }

    /// Its namespace; empty where it has none.
    pub fn space(&self) -> &'a str {
        self.node.tag_name().namespace().unwrap_or_default()
    }

    /// Its name without the prefix.
    pub fn name(&self) -> &'a str {
        self.node.tag_name().name()
    }

    /// An attribute without a prefix.
    pub fn attr(&self, name: &str) -> Option<&'a str> {
        self.attr_in("", name)
    }

    /// An attribute of a namespace.
    pub fn attr_in(&self, space: &str, name: &str) -> Option<&'a str> {
        let mut all = self.node.attributes();
        let found = all.find(|one| one.namespace().unwrap_or_default() == space && one.name() == name);
        found.map(|one| one.value())
    }

    /// The elements of this name in it that are of its own namespace.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name() == name && child.space() == self.space())
    }

    /// The first of them.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.all(name).next()
    }

    /// What `<text>` in it says, trimmed; empty where there is none.
    pub fn says(&self) -> &str {
        self.child("text").map_or("", |text| text.text.trim())
    }
}

/// Reads a whole text; an error says where and why it is refused.
pub(super) fn parse(text: &str) -> Result<Document<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_encoding(text)?;
    check_starts(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, entity_resolver: None };
    Document::parse_with_options(text, options).map_err(|error| fault(text, &error))
}

/// A file that says it is not UTF-8 may have been read as other characters than it has.
fn check_encoding(text: &str) -> Result<()> {
    let head = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n'])).unwrap_or_default();
    let head = head.split("?>").next().unwrap_or_default();
    let Some((_, said)) = head.split_once("encoding") else { return Ok(()) };
    let name = said.split(['"', '\'']).nth(1).unwrap_or_default();
    if ["utf-8", "utf8", "us-ascii"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(refused(TextPos::new(1, 1), &format!("save it as UTF-8; it is written in '{name}'")))
}

/// Bounds what costs the parser the square of its count: the attributes of an element, and namespaces.
fn check_starts(text: &str) -> Result<()> {
    let mut spaces = 0;
    for (at, _) in text.match_indices('<') {
        // No '<' stands in a value, so that what comes before the next one holds the whole start.
        let rest = text[at + 1..].split('<').next().unwrap_or_default();
        if rest.starts_with(['!', '?', '/']) {
            continue;
        }
        let (start, attributes) = start(rest);
        let declared = start.matches("xmlns").count();
        spaces += declared;
        let why = if attributes > ATTRIBUTES_MAX {
            format!("an element has at most {ATTRIBUTES_MAX} attributes")
        } else if spaces > SPACES_MAX {
            format!("a file declares at most {SPACES_MAX} namespaces; declare them at its root")
        } else if declared > 0 && start.len() > SPACES_BYTES_MAX {
            format!("where namespaces are declared, an element's start has at most {SPACES_BYTES_MAX} bytes")
        } else {
            continue;
        };
        return Err(refused(place(text, at), &why));
    }
    Ok(())
}

/// An element's start without its end, and how many values stand in it.
fn start(text: &str) -> (&str, usize) {
    let (mut quote, mut values) = (None, 0);
    for (at, c) in text.char_indices() {
        match quote {
            None if c == '>' => return (&text[..at], values),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                values += 1;
            }
            Some(open) if open == c => quote = None,
            _ => {}
        }
    }
    (text, values)
}

/// What the parser found, with its place and, where people may not know it, what to do.
fn fault(text: &str, error: &roxmltree::Error) -> Error {
    use roxmltree::Error as Fault;
    let at = match error {
        Fault::DtdDetected => place(text, text.find("<!DOCTYPE").unwrap_or_default()),
        Fault::NoRootNode | Fault::UnclosedRootNode | Fault::UnexpectedEndOfStream => place(text, text.len()),
        placed => placed.pos(),
    };
    let why = match error {
        Fault::DtdDetected => "document types and entities are not read; leave <!DOCTYPE …> out".to_owned(),
        Fault::NoRootNode => "there is no element in it that is whole".to_owned(),
        Fault::UnclosedRootNode | Fault::UnexpectedEndOfStream => "it ends inside of an element; close it".to_owned(),
        Fault::NodesLimitReached => format!("a file has at most {NODES_MAX} elements, texts and comments; split it"),
        Fault::UnexpectedCloseTag(open, close, _) => format!("</{close}> stands where {open} is open"),
        Fault::UnknownToken(_) => "this stands outside of the root element, or begins none".to_owned(),
        Fault::UnknownEntityReference(..) | Fault::MalformedEntityReference(_) => {
            "'&' begins none of &amp; &lt; &gt; &quot; &apos; and &#…; (for the sign itself, write &amp;)".to_owned()
        }
        // A byte is not always a character: what was found is not said.
        Fault::InvalidChar(wanted, ..) => format!("'{}' is expected here", char::from(*wanted)),
        Fault::InvalidChar2(wanted, ..) => format!("{wanted} is expected here"),
        other => other.to_string().replace(&format!(" at {}", other.pos()), ""),
    };
    refused(at, &why)
}

fn refused(at: TextPos, why: &str) -> Error {
    let place = format!("line {}, column {}", at.row, at.col);
    let why: String = why.chars().take(WHY_CHARS_MAX).collect();
    Error::invalid_at(place.clone(), "This is no XML that is read", format!("{place}: {why}"))
}

/// The line and the column of a byte, both 1-based.
fn place(text: &str, at: usize) -> TextPos {
    let before = &text[..at];
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    TextPos::new(number(before.matches('\n').count() + 1), number(column))
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_text_and_namespaces_are_read() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a -->\n<a:r xmlns:a='urn:a' xmlns=\"urn:b\"\n  a:x='1' y='a&#10;b\tc'>\n<t>1 &lt; <!-- one -->2<![CDATA[ & <3]]></t><a:t/></a:r>\n";
        let document = parse(text).unwrap();
        let root = Element::root(&document).unwrap();
        assert_eq!((root.space(), root.name(), root.line), ("urn:a", "r", 3));
        assert_eq!((root.attr_in("urn:a", "x"), root.attr("x"), root.attr("y")), (Some("1"), None, Some("a\nb c")));
        let first = &root.children[0];
        assert_eq!((first.space(), first.text.as_str(), first.line), ("urn:b", "1 < 2 & <3", 5));
        assert!(root.child("t").unwrap().text.is_empty(), "of the same namespace");
    }

    fn why(text: &str) -> String {
        parse(text).and_then(|document| Element::root(&document).map(drop)).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_xml_is_refused_with_its_place() {
        for (text, expect) in [
            ("", "1: there is no element"),
            ("<a><b></a></b>", "7: </a> stands where b is open"),
            ("<a>", "4: it ends inside of an element"),
            ("<a/><b/>", "5: this stands outside of the root"),
            ("<a/>x", "5: this stands outside of the root"),
            ("<a x=1/>", "6: a quote is expected"),
            ("<a x='1' x='2'/>", "10: attribute 'x' is already defined"),
            ("<a x='1'y='2'/>", "9: a whitespace is expected"),
            ("<p:a/>", "2: an unknown namespace prefix 'p'"),
            ("<a>&b;</a>", "4: '&' begins none of"),
            ("<a>&#0;</a>", "4: '&' begins none of"),
            ("<a>\u{1}</a>", "4: a non-XML character '\\u{1}' found"),
            ("<a x='\u{1}'/>", "7: a non-XML character '\\u{1}' found"),
            ("<!-- a --><!DOCTYPE a [<!ENTITY b \"c\">]><a/>", "11: document types and entities are not read"),
            ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "1: save it as UTF-8; it is written in 'ISO-8859-1'"),
            ("<a x='<'/>", "7: ''' is expected here"),
            ("<1/>", "2: invalid name token"),
            ("<a", "3: there is no element in it that is whole"),
        ] {
            let told = why(text);
            assert!(told.contains(&format!("line 1, column {expect}")), "{text}: {told}");
        }
        assert!(why("<a>\n <b>\n</a>").contains("line 3, column 1: "));
        assert!(why(&format!("<{}></a>", "a".repeat(100_000))).chars().count() < 300);
    }

    #[test]
    fn what_costs_more_than_it_says_is_refused_before_it_is_read() {
        let many = |one: &dyn Fn(usize) -> String, count: usize| (0..count).map(one).collect::<String>();
        let attributes = |count: usize| format!("<a\n{}/>", many(&|n| format!(" x{n}='>'"), count));
        assert!(parse(&attributes(ATTRIBUTES_MAX)).is_ok());
        assert!(why(&attributes(ATTRIBUTES_MAX + 1)).contains("line 1, column 1: an element has at most"));
        let spaces = |count: usize| format!("<a>\n{}</a>", many(&|n| format!("<b xmlns:n{n}='x'/>"), count));
        assert!(parse(&spaces(SPACES_MAX)).is_ok());
        assert!(why(&spaces(SPACES_MAX + 1)).contains("a file declares at most"));
        assert!(why(&format!("<a xmlns='{}'/>", "x".repeat(SPACES_BYTES_MAX))).contains("an element's start has at"));
        let words = format!("<a><!-- {0} --><![CDATA[{0}]]>{0}</a>", "'x' = \"xmlns\" ".repeat(10_000));
        assert!(parse(&words).is_ok(), "text is no start of an element");
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert!(Element::root(&parse(&nested(DEPTH_MAX)).unwrap()).is_ok());
        assert!(why(&nested(100_000)).contains("line 1, column 193: at most 64 elements"));
        assert!(why(&format!("<a>{}</a>", "<b/>".repeat(400_000))).contains("split it"));
    }
}
