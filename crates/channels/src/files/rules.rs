//! Pure decisions: what a file is by its bytes, what it is called, and why it is not taken, in the sender's language.

use super::{FILE_BYTES_MAX, HOUR_FILES_MAX, MESSAGE_BYTES_MAX, MESSAGE_FILES_MAX, NAME_CHARS_MAX};
use baton_base::Error;

/// Bytes in which the parts of a packed document are looked for.
const MIB: usize = 1024 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// Media type.
    pub media: &'static str,
    /// How its name may end; the first where it ends otherwise.
    pub ends: &'static [&'static str],
}

const PDF: Kind = Kind { media: "application/pdf", ends: &["pdf"] };
const PNG: Kind = Kind { media: "image/png", ends: &["png"] };
const JPEG: Kind = Kind { media: "image/jpeg", ends: &["jpg", "jpeg", "jfif"] };
const GIF: Kind = Kind { media: "image/gif", ends: &["gif"] };
const WEBP: Kind = Kind { media: "image/webp", ends: &["webp"] };
const HEIC: Kind = Kind { media: "image/heic", ends: &["heic", "heif"] };
const DOCX: Kind =
    Kind { media: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ends: &["docx"] };
const XLSX: Kind = Kind { media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ends: &["xlsx"] };
const ODT: Kind = Kind { media: "application/vnd.oasis.opendocument.text", ends: &["odt"] };
const ODS: Kind = Kind { media: "application/vnd.oasis.opendocument.spreadsheet", ends: &["ods"] };
const TEXT: Kind = Kind { media: "text/plain", ends: &["txt", "csv", "log", "md"] };

/// What a file is by what is in it; `None` where it is of no kind that is taken. Its name is not asked.
pub(super) fn kind(content: &[u8]) -> Option<Kind> {
    let begins = |mark: &[u8]| content.starts_with(mark);
    let at = |from: usize, mark: &[u8]| content.get(from..).is_some_and(|rest| rest.starts_with(mark));
    if begins(b"%PDF-") {
        Some(PDF)
    } else if begins(b"\x89PNG\r\n\x1a\n") {
        Some(PNG)
    } else if begins(b"\xff\xd8\xff") {
        Some(JPEG)
    } else if begins(b"GIF87a") || begins(b"GIF89a") {
        Some(GIF)
    } else if begins(b"RIFF") && at(8, b"WEBP") {
        Some(WEBP)
    } else if at(4, b"ftyp") && [&b"heic"[..], b"heix", b"mif1", b"msf1"].iter().any(|brand| at(8, brand)) {
        Some(HEIC)
    } else if begins(b"PK\x03\x04") {
        packed(content)
    } else {
        is_text(content).then_some(TEXT)
    }
}

/// A document that is a packed folder; one with programs in it is none.
fn packed(content: &[u8]) -> Option<Kind> {
    let holds = |name: &[u8]| content.windows(name.len()).any(|window| window == name);
    if holds(b"vbaProject") || holds(b".exe") || holds(b"Basic/") {
        return None;
    }
    let head = content.get(30..200.min(content.len())).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    if head.starts_with("mimetypeapplication/vnd.oasis.opendocument.text") {
        return Some(ODT);
    }
    if head.starts_with("mimetypeapplication/vnd.oasis.opendocument.spreadsheet") {
        return Some(ODS);
    }
    if !holds(b"[Content_Types].xml") {
        None
    } else if holds(b"word/document.xml") {
        Some(DOCX)
    } else {
        holds(b"xl/workbook.xml").then_some(XLSX)
    }
}

/// Words, and neither a page nor a script.
fn is_text(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let start = text.trim_start_matches('\u{feff}').trim_start();
    !start.is_empty() && !start.starts_with('<') && !start.starts_with("#!") && !text.contains(odd)
}

/// The name under which a file is kept: without folders and signs that hide how it ends, and ending as what it is.
pub(super) fn name(given: &str, kind: Kind) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    // Marks of direction can make "exe.fdp" look like another name.
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let plain: String = last.chars().filter(|c| !hidden(*c) && !"<>:\"|?*".contains(*c)).collect();
    let plain = plain.trim().trim_matches('.').to_owned();
    let end = plain.rsplit_once('.').map(|(_, end)| end.to_lowercase());
    let fits = end.is_some_and(|end| kind.ends.contains(&end.as_str()));
    let own = kind.ends.first().copied().unwrap_or("bin");
    let (stem, end) = match (fits, plain.rsplit_once('.')) {
        (true, Some((stem, end))) => (stem.to_owned(), end.to_owned()),
        _ => (plain, own.to_owned()),
    };
    let stem: String = stem.chars().take(NAME_CHARS_MAX).collect();
    format!("{}.{end}", if stem.is_empty() { "file" } else { stem.as_str() })
}

/// What stands in the case where files came without words.
pub fn parenthesised(names: &[&str]) -> String {
    format!("({})", names.join(", "))
}

/// Why files are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing in it.
    Empty,
    /// It is larger than a file may be.
    TooLarge,
    /// It is of no kind that is taken.
    Kind,
    /// More than a message may have, or more bytes.
    TooMany,
    /// More than may come in an hour.
    TooOften,
    /// It is not there any more, or belongs to another message.
    Gone,
}

impl Refusal {
    /// The same as an error, in the language of whoever sent it.
    pub fn say(self, language: &str) -> Error {
        let words = self.words(language.to_lowercase().starts_with("de"));
        match self {
            Self::TooLarge | Self::TooMany => Error::Limit(words),
            Self::TooOften => Error::TooMany(words),
            Self::Empty | Self::Kind | Self::Gone => Error::invalid_at("file", "The file is not taken", words),
        }
    }

    fn words(self, german: bool) -> String {
        let (mib, all) = (FILE_BYTES_MAX / MIB, usize::try_from(MESSAGE_BYTES_MAX).unwrap_or(0) / MIB);
        match (self, german) {
            (Self::Empty, false) => "The file is empty.".to_owned(),
            (Self::Empty, true) => "Die Datei ist leer.".to_owned(),
            (Self::TooLarge, false) => format!("The file is too large: at most {mib} MB."),
            (Self::TooLarge, true) => format!("Die Datei ist zu groß: höchstens {mib} MB."),
            (Self::Kind, false) => {
                "Files of this kind are not taken. Send a PDF, a picture, a text, or a document or table.".to_owned()
            }
            (Self::Kind, true) => {
                "Dateien dieser Art werden nicht angenommen. Senden Sie ein PDF, ein Bild, einen Text, ein Dokument oder \
                 eine Tabelle."
                    .to_owned()
            }
            (Self::TooMany, false) => {
                format!("Too many files: at most {MESSAGE_FILES_MAX} with one message, {all} MB together.")
            }
            (Self::TooMany, true) => {
                format!("Zu viele Dateien: höchstens {MESSAGE_FILES_MAX} mit einer Nachricht, zusammen {all} MB.")
            }
            (Self::TooOften, false) => {
                format!("Too many files for now: at most {HOUR_FILES_MAX} in an hour. Try again later.")
            }
            (Self::TooOften, true) => {
                format!("Im Moment zu viele Dateien: höchstens {HOUR_FILES_MAX} in einer Stunde. Versuchen Sie es später.")
            }
            (Self::Gone, false) => "The file is not there any more. Attach it again.".to_owned(),
            (Self::Gone, true) => "Die Datei ist nicht mehr da. Hängen Sie sie noch einmal an.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &[u8], expect: Option<&str>) {
        assert_eq!(kind(content).map(|kind| kind.media), expect);
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        check(b"%PDF-1.7\n...", Some("application/pdf"));
        check(b"\x89PNG\r\n\x1a\n....", Some("image/png"));
        check(b"\xff\xd8\xff\xe0..JFIF", Some("image/jpeg"));
        check(b"RIFF\x10\x00\x00\x00WEBPVP8 ", Some("image/webp"));
        check(b"\x00\x00\x00\x18ftypheic....", Some("image/heic"));
        check("Größe: 40\r\nlamp;2".as_bytes(), Some("text/plain"));
        let document = b"PK\x03\x04 [Content_Types].xml ... word/document.xml";
        check(document, Some(DOCX.media));
    }

    #[test]
    fn programs_pages_and_pictures_that_run_are_none() {
        for bad in [
            &b"MZ\x90\x00\x03"[..],
            b"\x7fELF\x02\x01",
            b"#!/bin/sh\nrm -rf /",
            b"<html><script>alert(1)</script>",
            b"  <svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"x\">",
            b"PK\x03\x04 setup.exe",
            b"PK\x03\x04 [Content_Types].xml word/document.xml word/vbaProject.bin",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"",
            b"\x00\x01\x02",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn a_name_ends_as_what_the_file_is_and_leads_nowhere() {
        assert_eq!(name("../../etc/receipt.PDF", PDF), "receipt.PDF");
        assert_eq!(name("invoice.pdf.exe", PDF), "invoice.pdf.exe.pdf");
        assert_eq!(name("photo\u{202e}gpj.exe", JPEG), "photogpj.exe.jpg");
        assert_eq!(name("", PNG), "file.png");
        assert_eq!(name("..", TEXT), "file.txt");
        assert!(name(&"x".repeat(5_000), PNG).chars().count() <= NAME_CHARS_MAX + 4);
    }

    #[test]
    fn a_refusal_speaks_the_senders_language_and_says_the_limit() {
        let english = Refusal::TooLarge.say("en-GB").to_string();
        let german = Refusal::TooLarge.say("de").to_string();
        assert!(english.contains("10 MB") && german.contains("zu groß: höchstens 10 MB"), "{english} {german}");
    }
}
