//! Writes XML, two blanks a level.

/// XML as it is being written.
#[derive(Default)]
pub(super) struct Writer {
    out: String,
    open: Vec<&'static str>,
    /// A character that XML cannot hold.
    bad: Option<char>,
}

/// Attributes: name and value.
pub(super) type Attrs<'a> = &'a [(&'a str, &'a str)];

impl Writer {
    pub fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), ..Self::default() }
    }

    /// Begins an element.
    pub fn open(&mut self, name: &'static str, attrs: Attrs<'_>) {
        self.start(name, attrs);
        self.out.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the element that was begun last.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.out.push_str(&format!("</{name}>\n"));
        }
    }

    /// An element without content.
    pub fn empty(&mut self, name: &str, attrs: Attrs<'_>) {
        self.start(name, attrs);
        self.out.push_str(" />\n");
    }

    /// An element with text in it.
    pub fn text(&mut self, name: &str, text: &str) {
        self.start(name, &[]);
        self.out.push('>');
        self.escaped(text, false);
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// All that was written; else the character that XML cannot hold.
    pub fn done(self) -> Result<String, char> {
        self.bad.map_or(Ok(self.out), Err)
    }

    fn indent(&mut self) {
        self.out.push_str(&"  ".repeat(self.open.len()));
    }

    fn start(&mut self, name: &str, attrs: Attrs<'_>) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attrs {
            self.out.push_str(&format!(" {key}=\""));
            self.escaped(value, true);
            self.out.push('"');
        }
    }

    fn escaped(&mut self, text: &str, attribute: bool) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' if attribute => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#13;"),
                '\n' | '\t' if attribute => self.out.push_str(&format!("&#{};", u32::from(c))),
                c if is_char(c) => self.out.push(c),
                c => self.bad = self.bad.or(Some(c)),
            }
        }
    }
}

/// Whether a character may stand in XML 1.0.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
