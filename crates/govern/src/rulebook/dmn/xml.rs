//! A small and strict reader of XML 1.0 with namespaces. Document types are not read, so there are no entities but the five
//! of XML itself, and nothing that could grow; everything has a bound.

use std::sync::Arc;

/// Most elements of a file.
const ELEMENTS_MAX: usize = 200_000;
/// Deepest nesting, elements.
const DEPTH_MAX: usize = 64;
/// Most attributes of one element.
const ATTRIBUTES_MAX: usize = 64;
/// Most namespaces that are in scope at once.
const SPACES_MAX: usize = 200;
/// Most characters of what is repeated in an error.
const SHOWN_MAX: usize = 40;

/// One element with all that is in it.
#[derive(Debug)]
pub(super) struct Element {
    /// Its namespace; empty where it has none.
    pub space: Arc<str>,
    /// Its name without the prefix.
    pub name: String,
    pub attributes: Vec<Attribute>,
    pub children: Vec<Element>,
    /// The text that stands directly in it, put together.
    pub text: String,
    /// 1-based line of its start.
    pub line: u32,
}

#[derive(Debug)]
pub(super) struct Attribute {
    /// Its namespace; empty where it has no prefix.
    pub space: Arc<str>,
    pub name: String,
    pub value: String,
}

/// Why a text is no XML that is read.
#[derive(Debug)]
pub(super) struct Fault {
    pub line: u32,
    pub column: u32,
    pub why: String,
}

impl Element {
    /// An attribute without a prefix.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attr_in("", name)
    }

    /// An attribute of a namespace.
    pub fn attr_in(&self, space: &str, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|one| &*one.space == space && one.name == name);
        found.map(|one| one.value.as_str())
    }

    /// The elements of this name in it that are of its own namespace.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.space == self.space && child.name == name)
    }

    /// The first of them.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.space == self.space && child.name == name)
    }

    /// What `<text>` in it says, trimmed; empty where there is none.
    pub fn says(&self) -> &str {
        self.child("text").map_or("", |text| text.text.trim())
    }
}

/// Reads a whole text: its root element, or where and why it is refused.
pub(super) fn read(text: &str) -> Result<Element, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let none: Arc<str> = Arc::from("");
    let reader = Reader {
        text,
        at: 0,
        line: 1,
        counted: 0,
        elements: 0,
        none,
        spaces: Vec::new(),
        open: Vec::new(),
        root: None,
    };
    reader.run()
}

/// An element whose end has not come yet.
struct Open<'a> {
    element: Element,
    /// As it is written, with its prefix.
    written: &'a str,
    /// How many namespaces were in scope before it.
    spaces: usize,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    /// Up to where lines are counted.
    counted: usize,
    elements: usize,
    none: Arc<str>,
    /// Prefix and namespace; the last of a prefix counts.
    spaces: Vec<(&'a str, Arc<str>)>,
    open: Vec<Open<'a>>,
    root: Option<Element>,
}

/// Attributes as they are written: name, and value with its references taken out.
type Written<'a> = Vec<(&'a str, String)>;

impl<'a> Reader<'a> {
    fn run(mut self) -> Result<Element, Fault> {
        if let Some((at, c)) = self.text.char_indices().find(|(_, c)| !is_char(*c)) {
            self.at = at;
            return Err(self.fault(format!("the character U+{:04X} cannot stand in XML", u32::from(c))));
        }
        while self.at < self.text.len() {
            let rest = self.rest();
            if rest.starts_with("<!--") {
                self.past("-->", "a comment")?;
            } else if rest.starts_with("<![CDATA[") {
                self.literal()?;
            } else if rest.starts_with("<?") {
                self.instruction()?;
            } else if rest.starts_with("<!") {
                return Err(self.fault("document types and entities are not read; leave <!DOCTYPE …> out"));
            } else if rest.starts_with("</") {
                self.end()?;
            } else if rest.starts_with('<') {
                self.start()?;
            } else {
                self.characters()?;
            }
        }
        if let Some(open) = self.open.last() {
            return Err(self.fault(format!("<{}> of line {} is not closed", open.written, open.element.line)));
        }
        let nothing = self.fault("there is no element in it");
        self.root.ok_or(nothing)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fault(&self, why: impl Into<String>) -> Fault {
        let before = &self.text[..self.at];
        let lines = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(0);
        Fault { line: number(lines), column: number(column), why: why.into() }
    }

    /// The line of where it is now.
    fn line_now(&mut self) -> u32 {
        let lines = self.text[self.counted..self.at].matches('\n').count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.counted = self.at;
        self.line
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// Goes past the end of something, and gives what stood before the end.
    fn past(&mut self, end: &str, what: &str) -> Result<&'a str, Fault> {
        let rest = self.rest();
        let Some(at) = rest.find(end) else { return Err(self.fault(format!("{what} does not end"))) };
        self.at += at + end.len();
        Ok(&rest[..at])
    }

    fn instruction(&mut self) -> Result<(), Fault> {
        let first = self.at == 0;
        let inside = self.past("?>", "an instruction")?;
        let declared = inside.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n']));
        let Some(declared) = declared else { return Ok(()) };
        if !first {
            return Err(self.fault("<?xml … ?> may stand at the very beginning only"));
        }
        let Some((_, encoding)) = declared.split_once("encoding") else { return Ok(()) };
        let encoding = encoding.trim_start_matches([' ', '=', '\t', '\r', '\n']);
        let name = encoding.get(1..).and_then(|rest| rest.split(['"', '\'']).next()).unwrap_or_default();
        if ["utf-8", "utf8", "us-ascii"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return Ok(());
        }
        Err(self.fault(format!("it is written in '{}'; save it as UTF-8", shown(name))))
    }

    fn literal(&mut self) -> Result<(), Fault> {
        let inside = self.past("]]>", "a CDATA section")?;
        let text = inside.strip_prefix("<![CDATA[").unwrap_or(inside);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        match self.open.last_mut() {
            Some(open) => open.element.text.push_str(&text),
            None => return Err(self.fault("text stands outside of the root element")),
        }
        Ok(())
    }

    fn characters(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        let raw = &rest[..rest.find('<').unwrap_or(rest.len())];
        let text = self.decoded(raw, false)?;
        match self.open.last_mut() {
            Some(open) => open.element.text.push_str(&text),
            None if text.trim().is_empty() => {}
            None => return Err(self.fault("text stands outside of the root element")),
        }
        self.at += raw.len();
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let inside = self.past(">", "an end")?;
        let name = inside.trim_start_matches("</").trim_end_matches([' ', '\t', '\r', '\n']);
        let Some(open) = self.open.pop_if(|open| open.written == name) else {
            let wanted = self.open.last().map_or("nothing", |open| open.written).to_owned();
            return Err(self.fault(format!("</{}> stands where {wanted} is open", shown(name))));
        };
        self.spaces.truncate(open.spaces);
        self.close(open.element);
        Ok(())
    }

    fn close(&mut self, element: Element) {
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX || self.open.len() >= DEPTH_MAX {
            let why = format!("a file has at most {ELEMENTS_MAX} elements, {DEPTH_MAX} inside each other");
            return Err(self.fault(why));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.fault("there is more than one root element"));
        }
        let line = self.line_now();
        self.at += 1;
        let written = self.name()?;
        let attributes = self.attributes()?;
        let empty = self.rest().starts_with('/');
        if !self.rest().starts_with(if empty { "/>" } else { ">" }) {
            return Err(self.fault(format!("<{}> does not end with >", shown(written))));
        }
        let spaces = self.spaces.len();
        self.declare(&attributes)?;
        let (space, name) = self.resolved(written, true)?;
        let attributes = self.placed(attributes)?;
        let element = Element { space, name, attributes, children: Vec::new(), text: String::new(), line };
        self.at += if empty { 2 } else { 1 };
        if empty {
            self.spaces.truncate(spaces);
            self.close(element);
        } else {
            self.open.push(Open { element, written, spaces });
        }
        Ok(())
    }

    /// A name as it is written, with its prefix.
    fn name(&mut self) -> Result<&'a str, Fault> {
        let rest = self.rest();
        let inside = |c: char| c.is_alphanumeric() || ['-', '_', '.', ':'].contains(&c);
        let name = &rest[..rest.find(|c| !inside(c)).unwrap_or(rest.len())];
        let parts: Vec<_> = name.split(':').collect();
        let good = |part: &&str| part.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if parts.len() > 2 || !parts.iter().all(good) {
            return Err(self.fault(format!("a name is expected, and '{}' stands here", shown(rest))));
        }
        self.at += name.len();
        Ok(name)
    }

    fn attributes(&mut self) -> Result<Written<'a>, Fault> {
        let mut found = Vec::new();
        loop {
            let before = self.at;
            self.skip_space();
            if self.rest().is_empty() || self.rest().starts_with(['/', '>']) {
                return Ok(found);
            }
            if self.at == before {
                return Err(self.fault("a space is missing before an attribute"));
            }
            let name = self.name()?;
            self.skip_space();
            if !self.rest().starts_with('=') {
                return Err(self.fault(format!("the attribute '{}' has no value", shown(name))));
            }
            self.at += 1;
            self.skip_space();
            let Some(quote) = self.rest().chars().next().filter(|c| ['"', '\''].contains(c)) else {
                return Err(self.fault(format!("the value of '{}' is not in quotes", shown(name))));
            };
            self.at += 1;
            let raw = self.past(if quote == '"' { "\"" } else { "'" }, "the value of an attribute")?;
            if raw.contains('<') {
                return Err(self.fault(format!("'<' stands in the value of '{}'", shown(name))));
            }
            if found.len() == ATTRIBUTES_MAX {
                return Err(self.fault(format!("an element has at most {ATTRIBUTES_MAX} attributes")));
            }
            found.push((name, self.decoded(raw, true)?));
        }
    }

    fn declare(&mut self, attributes: &[(&'a str, String)]) -> Result<(), Fault> {
        for (name, value) in attributes {
            let prefix = if *name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") };
            let Some(prefix) = prefix else { continue };
            if self.spaces.len() == SPACES_MAX {
                return Err(self.fault(format!("at most {SPACES_MAX} namespaces may hold at once")));
            }
            self.spaces.push((prefix, Arc::from(value.as_str())));
        }
        Ok(())
    }

    /// The namespace and the name without prefix; an attribute without a prefix has no namespace.
    fn resolved(&self, written: &str, element: bool) -> Result<(Arc<str>, String), Fault> {
        let (prefix, name) = match written.split_once(':') {
            Some(parts) => parts,
            None if element => ("", written),
            None => return Ok((self.none.clone(), written.to_owned())),
        };
        let known = self.spaces.iter().rev().find(|(known, _)| *known == prefix).map(|(_, space)| space.clone());
        match known {
            Some(space) => Ok((space, name.to_owned())),
            None if prefix.is_empty() || prefix == "xml" => Ok((self.none.clone(), name.to_owned())),
            None => Err(self.fault(format!("the prefix '{}' is not declared", shown(prefix)))),
        }
    }

    fn placed(&self, attributes: Written<'a>) -> Result<Vec<Attribute>, Fault> {
        let mut placed: Vec<Attribute> = Vec::with_capacity(attributes.len());
        for (written, value) in attributes {
            if written == "xmlns" || written.starts_with("xmlns:") {
                continue;
            }
            let (space, name) = self.resolved(written, false)?;
            if placed.iter().any(|one| one.space == space && one.name == name) {
                return Err(self.fault(format!("the attribute '{}' stands twice", shown(written))));
            }
            placed.push(Attribute { space, name, value });
        }
        Ok(placed)
    }

    /// A text with its references taken out; in an attribute every white space is a blank.
    fn decoded(&self, raw: &str, attribute: bool) -> Result<String, Fault> {
        let mut text = raw.replace("\r\n", "\n").replace('\r', "\n");
        if attribute {
            text = text.replace(['\n', '\t'], " ");
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find('&') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let named = after.find(';').map(|end| &after[..end]).unwrap_or_default();
            let Some(c) = referred(named) else {
                let why = format!("'&{}' is none of &amp; &lt; &gt; &quot; &apos; and &#…;", shown(after));
                return Err(self.fault(why));
            };
            out.push(c);
            rest = &after[named.len() + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn referred(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        other => other.strip_prefix('#')?,
    };
    let (digits, base) = code.strip_prefix('x').map_or((code, 10), |digits| (digits, 16));
    let plain = digits.chars().all(|c| c.is_digit(base));
    u32::from_str_radix(digits, base).ok().filter(|_| plain).and_then(char::from_u32).filter(|c| is_char(*c))
}

/// Whether a character may stand in XML 1.0.
pub(super) fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// The beginning of a text, for an error.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_text_and_namespaces_are_read() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a -->\n<a:r xmlns:a='urn:a' xmlns=\"urn:b\"\n  a:x='1' y='a&#10;b\tc'>\n<t>1 &lt; 2<![CDATA[ & <3]]></t><a:t/></a:r>\n";
        let root = read(text).unwrap();
        assert_eq!((&*root.space, root.name.as_str(), root.line), ("urn:a", "r", 3));
        assert_eq!((root.attr_in("urn:a", "x"), root.attr("y")), (Some("1"), Some("a\nb c")));
        assert_eq!((&*root.children[0].space, root.children[0].text.as_str()), ("urn:b", "1 < 2 & <3"));
        assert!(root.child("t").unwrap().text.is_empty(), "of the same namespace");
    }

    #[test]
    fn what_is_no_xml_is_refused_with_its_place() {
        for (text, why) in [
            ("", "no element"),
            ("<a><b></a></b>", "stands where b is open"),
            ("<a>", "not closed"),
            ("<a/><b/>", "more than one root"),
            ("<a/>x", "outside"),
            ("<a x=1/>", "not in quotes"),
            ("<a x='1' x='2'/>", "stands twice"),
            ("<a x='1'y='2'/>", "a space is missing"),
            ("<p:a/>", "not declared"),
            ("<a>&b;</a>", "none of"),
            ("<a>&#0;</a>", "none of"),
            ("<a>\u{1}</a>", "U+0001"),
            ("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>", "not read"),
            ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "UTF-8"),
            ("<a x='<'/>", "'<' stands"),
            ("<1/>", "a name is expected"),
            ("<a", "does not end"),
        ] {
            let fault = read(text).unwrap_err();
            assert!(fault.why.contains(why), "{text}: {}", fault.why);
            assert_eq!(fault.line, 1, "{text}");
        }
        let deep = "<a>".repeat(10_000);
        assert!(read(&deep).unwrap_err().why.contains("inside each other"));
        assert_eq!(read("<a>\n <b>\n</a>").unwrap_err().line, 3);
    }
}
