//! What sections mean, where the installation has an encoder: a vector of each, and those that lie nearest to a question's.
//!
//! They are made after a release was loaded, in a thread in which nobody waits, and kept in memory by the digest of their text: a
//! section that stands in the next release too is not encoded again. Until a release has all of them, its words alone are searched.

use crate::shelf::Shelf;
use baton_base::{Error, Result, digest_of_text};
use baton_encode::{DIMENSIONS, Encode, Vector};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};

/// Sections of a release that get a vector, 31 MB; those beyond are found by their words.
pub const SECTIONS_ENCODED_MAX: usize = 40_000;
/// What of a section is given to an encoder, bytes: it reads no more than its first hundred words.
const TEXT_BYTES_MAX: usize = 2_000;
/// Sections that lie nearest to a question, count.
const NEAREST_MAX: usize = 60;
/// A section that lies further away, by the cosine, has nothing to do with a question: of the English questions in this room's tests 19
/// in 20 lie nearer than 0.29 to the article that answers them, and the mean over all sections is 0.23.
const COSINE_MIN: f32 = 0.25;

/// A vector in two bytes a number.
type Row = [i16; DIMENSIONS];

/// Vectors by the digest of their text, for as long as a shelf has them.
#[derive(Default)]
pub(crate) struct Kept {
    rows: HashMap<String, Weak<Row>>,
}

impl Kept {
    fn row(&mut self, text: &str, encoder: &dyn Encode) -> Result<Arc<Row>> {
        let key = digest_of_text(text);
        if let Some(row) = self.rows.get(&key).and_then(Weak::upgrade) {
            return Ok(row);
        }
        let row = Arc::new(short(&encoder.aside(text)?));
        self.rows.insert(key, Arc::downgrade(&row));
        Ok(row)
    }

    /// Forgets what no shelf has any more.
    fn tidy(&mut self) {
        self.rows.retain(|_, row| row.strong_count() > 0);
    }
}

/// Vectors of a release's sections, by language, and what made them.
pub(crate) struct Meant {
    encoder: Arc<dyn Encode>,
    languages: BTreeMap<String, Vec<Arc<Row>>>,
}

impl fmt::Debug for Meant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meant").field("sections", &self.len()).finish_non_exhaustive()
    }
}

/// A question's vector, and the sections that it may lie near to.
pub(crate) struct Near<'a> {
    question: Row,
    rows: &'a [Arc<Row>],
}

impl Meant {
    /// Encodes texts by their language, in the order in which the sections stand. None where it is not to go on.
    pub(crate) fn of<'t>(
        texts: impl Iterator<Item = (&'t str, String)>,
        encoder: &Arc<dyn Encode>,
        kept: &mut Kept,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Option<Self>> {
        let mut languages: BTreeMap<String, Vec<Arc<Row>>> = BTreeMap::new();
        for (language, text) in texts.filter(|(language, _)| encoder.knows(language)).take(SECTIONS_ENCODED_MAX) {
            if !goes_on() {
                return Ok(None);
            }
            let row = kept.row(head(&text), encoder.as_ref())?;
            languages.entry(language.to_owned()).or_default().push(row);
        }
        Ok(Some(Self { encoder: Arc::clone(encoder), languages }))
    }

    /// Sections that have a vector.
    pub(crate) fn len(&self) -> usize {
        self.languages.values().map(Vec::len).sum()
    }

    /// Whether sections of a language have vectors.
    pub(crate) fn knows(&self, language: &str) -> bool {
        self.languages.contains_key(language)
    }

    /// The question in a language. None where the encoder does not know it, or fails at the text: then its words are all there is.
    pub(crate) fn near(&self, language: &str, question: &str) -> Option<Near<'_>> {
        let rows = self.languages.get(language)?;
        match self.encoder.asked(head(question)) {
            Ok(vector) => Some(Near { question: short(&vector), rows }),
            Err(error) => {
                tracing::warn!(%error, "articles are searched by words alone");
                None
            }
        }
    }
}

impl Near<'_> {
    /// Numbers of the sections that lie nearest, nearest first; only those that `open` lets in.
    pub(crate) fn sections(&self, open: impl Fn(u32) -> bool) -> Vec<u32> {
        let least = f64::from(COSINE_MIN) * f64::from(i16::MAX) * f64::from(i16::MAX);
        let numbered = (0_u32..).zip(self.rows).map(|(number, row)| (product(row, &self.question), number));
        let mut near: Vec<(i32, u32)> =
            numbered.filter(|(product, number)| f64::from(*product) >= least && open(*number)).collect();
        near.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        near.into_iter().take(NEAREST_MAX).map(|(_, number)| number).collect()
    }
}

fn short(vector: &Vector) -> Row {
    vector.map(|number| (number * f32::from(i16::MAX)).round() as i16)
}

/// Four bytes hold it: of vectors of length 1, no numbers' products add up to more.
fn product(a: &Row, b: &Row) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// The part that is encoded, cut at a character.
fn head(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The thread that encodes the sections of releases, one after the other. It ends when this is dropped.
pub struct Learner {
    waiting: Sender<Arc<Shelf>>,
}

impl Learner {
    /// Starts it.
    pub fn start<E: Encode + 'static>(encoder: &Arc<E>) -> Result<Self> {
        let encoder: Arc<dyn Encode> = Arc::<E>::clone(encoder);
        let (waiting, shelves) = channel();
        let thread = std::thread::Builder::new().name("sections".to_owned());
        thread.spawn(move || learn(&shelves, &encoder)).map_err(Error::broken)?;
        Ok(Self { waiting })
    }

    /// Has a release's sections encoded when those before it are done. Returns at once.
    pub fn learn(&self, shelf: Arc<Shelf>) {
        if self.waiting.send(shelf).is_err() {
            tracing::error!("the thread that encodes sections is gone; articles are searched by words alone");
        }
    }
}

fn learn(shelves: &Receiver<Arc<Shelf>>, encoder: &Arc<dyn Encode>) {
    let mut kept = Kept::default();
    for shelf in shelves {
        // Whoever had it may be gone before it is done.
        let goes_on = || Arc::strong_count(&shelf) > 1;
        match shelf.learn_while(encoder, &mut kept, &goes_on) {
            Ok(0) => {}
            Ok(sections) => tracing::info!(sections, "articles of a release are searched by meaning too"),
            Err(error) => tracing::warn!(%error, "articles of a release are searched by words alone"),
        }
        drop(shelf);
        kept.tidy();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A text's vector leans toward the axis of its first letter, by as much as its length in tenths.
    struct Letters(AtomicUsize);

    fn toward(axis: usize, lean: f32) -> Vector {
        let mut vector = [0.0; DIMENSIONS];
        (vector[axis], vector[DIMENSIONS - 1]) = (lean, (1.0 - lean * lean).sqrt());
        vector
    }

    impl Encode for Letters {
        fn asked(&self, text: &str) -> Result<Vector> {
            let first = text.bytes().next().ok_or_else(|| Error::broken("nothing"))?;
            Ok(toward(usize::from(first), text.len() as f32 / 10.0))
        }

        fn aside(&self, text: &str) -> Result<Vector> {
            self.0.fetch_add(1, Ordering::Relaxed);
            self.asked(text)
        }

        fn knows(&self, language: &str) -> bool {
            language != "de"
        }
    }

    fn meant(texts: &[(&'static str, &str)], encoder: &Arc<dyn Encode>, kept: &mut Kept) -> Option<Meant> {
        let texts = texts.iter().map(|(language, text)| (*language, (*text).to_owned()));
        Meant::of(texts, encoder, kept, &|| true).unwrap()
    }

    const TEXTS: &[(&str, &str)] =
        &[("en", "aaaaaa"), ("en", "aaaaaaaaaa"), ("de", "aaaaaaaaaa"), ("en", "b"), ("en", "aaaaaaaa")];

    #[test]
    fn the_nearest_sections_of_a_language_come_first_and_far_ones_not_at_all() {
        let encoder: Arc<dyn Encode> = Arc::new(Letters(AtomicUsize::new(0)));
        let meant = meant(TEXTS, &encoder, &mut Kept::default()).unwrap();
        assert_eq!(meant.len(), 4);
        let near = meant.near("en", "aaaaaaaaaa").unwrap();
        assert_eq!(near.sections(|_| true), [1, 3, 0]);
        assert_eq!(near.sections(|number| number != 3), [1, 0]);
        assert!(meant.near("de", "aaaaaaaaaa").is_none(), "it does not know the language");
        assert!(meant.near("en", "").is_none(), "a text at which it fails is left to its words");
    }

    #[test]
    fn a_text_that_a_shelf_has_is_not_encoded_again_and_what_none_has_is_forgotten() {
        let letters = Arc::new(Letters(AtomicUsize::new(0)));
        let encoder: Arc<dyn Encode> = Arc::<Letters>::clone(&letters);
        let count = || letters.0.load(Ordering::Relaxed);
        let mut kept = Kept::default();
        let first = meant(TEXTS, &encoder, &mut kept);
        assert_eq!(count(), 4);
        let second = meant(&[("en", "b"), ("en", "cc"), ("en", "aaaaaa")], &encoder, &mut kept);
        assert_eq!(count(), 5, "only the new text is encoded");
        drop(first);
        kept.tidy();
        assert_eq!(kept.rows.len(), 3);
        drop(second);
        kept.tidy();
        assert!(kept.rows.is_empty());
    }

    #[test]
    fn what_nobody_has_any_more_is_left_unfinished() {
        let encoder: Arc<dyn Encode> = Arc::new(Letters(AtomicUsize::new(0)));
        let texts = TEXTS.iter().map(|(language, text)| (*language, (*text).to_owned()));
        assert!(Meant::of(texts, &encoder, &mut Kept::default(), &|| false).unwrap().is_none());
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let text = format!("{}ä", "a".repeat(TEXT_BYTES_MAX - 1));
        assert_eq!(head(&text).len(), TEXT_BYTES_MAX - 1);
        assert_eq!(head("short"), "short");
    }
}
