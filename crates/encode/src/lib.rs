//! Sentences as vectors: what means the same lies close together, whichever words it uses.
//!
//! An encoder is a folder of files that somebody put on this machine: a sentence transformer in ONNX and its vocabulary
//! (Reimers and Gurevych 2019). It is read once, computed here without a network, and never part of the program. The same text
//! always has the same vector, on the same kind of processor.

mod recent;
mod words;

use baton_base::{Error, Result};
use recent::Recent;
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use words::Pieces;

/// Numbers of a vector.
pub const DIMENSIONS: usize = 384;
/// One sentence, of length 1: the product of two is the cosine of their angle.
pub type Vector = [f32; DIMENSIONS];

/// The model, as the packages that hold it name it.
pub const MODEL_FILE: &str = "model.onnx";
/// The pieces that it knows, one a line.
pub const VOCABULARY_FILE: &str = "vocab.txt";
/// The languages that it was trained on, one tag a line; may be left out, and is then English.
pub const LANGUAGES_FILE: &str = "languages.txt";
/// Pieces of a text that are read, marks of begin and end among them; the model was trained on as many.
pub const TOKENS_MAX: usize = 128;
/// Vectors of examples that are kept, for the next release that has the same: 30 MB.
const KEPT_MAX: usize = 20_000;
/// Threads that compute at once.
const THREADS_MAX: usize = 8;
/// Texts that are computed together.
const BATCH_TEXTS_MAX: usize = 16;
const MODEL_BYTES_MAX: u64 = 512 * 1024 * 1024;
const VOCABULARY_BYTES_MAX: u64 = 16 * 1024 * 1024;
const LANGUAGES_BYTES_MAX: u64 = 64 * 1024;
/// What an encoder knows that does not say it: the vocabulary that is read here is in plain Latin letters.
const LANGUAGE: &str = "en";
/// Digits of the digest that people are shown.
const DIGEST_SHOWN: usize = 12;

/// Encoders that were measured with Baton, by their digest.
const PUBLISHED: &[(&str, &str)] =
    &[("d158a1236d4ec8700630db40af478cce9135ec5fe521e1736a49beee52172f29", "all-MiniLM-L6-v2-int8")];

const IDS: &str = "input_ids";
const MASK: &str = "attention_mask";
const KINDS: &str = "token_type_ids";

/// Makes vectors of texts. [`Encoder`] does; who must show what they make of vectors has some without it.
pub trait Encode: Send + Sync {
    /// The vector of a text for which somebody waits.
    fn asked(&self, text: &str) -> Result<Vector>;
    /// The same where nobody waits: it takes no thread of those for which somebody does.
    fn aside(&self, text: &str) -> Result<Vector>;
    /// Whether it was trained on a language, such as `en`. Of texts in another, vectors say little.
    fn knows(&self, language: &str) -> bool;
}

/// An encoder that has been read. Cheap to share, immutable but for what it remembers.
pub struct Encoder {
    name: String,
    digest: String,
    place: PathBuf,
    languages: Vec<String>,
    pieces: Pieces,
    model: Model,
    /// Numbers of the model's inputs by what they hold: pieces, which of them count, and, where it asks, whose they are.
    ids: NodeId,
    mask: NodeId,
    kinds: Option<NodeId>,
    output: NodeId,
    /// Of one thread each: a message is too little to share, and many texts are shared out among them.
    pools: Vec<Arc<ThreadPool>>,
    next: AtomicUsize,
    /// Of one thread too, for what nobody waits for.
    aside: Arc<ThreadPool>,
    /// By the text's digest.
    kept: Mutex<HashMap<[u8; 32], Vector>>,
    recent: Mutex<Recent>,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("name", &self.name).field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// `NAME (sha256 DIGITS)`.
impl fmt::Display for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sha256 {})", self.name, &self.digest[..DIGEST_SHOWN])
    }
}

impl Encoder {
    /// Reads the encoder of a folder. Errors say which file is missing or wrong, and what to do.
    pub fn load(folder: &Path) -> Result<Self> {
        if !folder.is_dir() {
            let title = format!("there is no encoder in {}: it is no folder", folder.display());
            return Err(Error::invalid(title, remedy()));
        }
        let model = read(&folder.join(MODEL_FILE), MODEL_BYTES_MAX)?;
        let vocabulary_path = folder.join(VOCABULARY_FILE);
        let vocabulary = read(&vocabulary_path, VOCABULARY_BYTES_MAX)?;
        let digest = hex::encode(Sha256::new().chain_update(&model).chain_update(&vocabulary).finalize());
        let place = vocabulary_path.display().to_string();
        let text = String::from_utf8(vocabulary)
            .map_err(|e| Error::invalid_at(&place, format!("{place} is not UTF-8 text"), e.to_string()))?;
        let pieces = Pieces::read(&place, &text)?;
        let place = folder.join(MODEL_FILE);
        let unfit = |what: String| Error::invalid(format!("{} cannot be used: {what}", place.display()), remedy());
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(model).map_err(|e| unfit(e.to_string()))?;
        let input = |name: &str| model.node_id(name).map_err(|_| unfit(format!("it has no input `{name}`")));
        let (ids, mask) = (input(IDS)?, input(MASK)?);
        let kinds = model.find_node(KINDS);
        let output = model.output_ids().first().copied().ok_or_else(|| unfit("it has no output".to_owned()))?;
        let (name, languages) = (named(&digest, folder), languages(folder)?);
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
        let pool = || Arc::new(ThreadPool::with_num_threads(1));
        let (pools, aside, next) = ((0..threads).map(|_| pool()).collect(), pool(), AtomicUsize::new(0));
        let (kept, recent) = (Mutex::default(), Mutex::default());
        let encoder = Self {
            name,
            digest,
            place,
            languages,
            pieces,
            model,
            ids,
            mask,
            kinds,
            output,
            pools,
            next,
            aside,
            kept,
            recent,
        };
        // A model of another shape is found now, not with the first customer.
        encoder.one("hello")?;
        Ok(encoder)
    }

    /// What people call it: the name it was published under, or else its folder's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of model and vocabulary, in hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The texts' vectors, in their order, computed on all cores. Of a text, the first [`TOKENS_MAX`] pieces are read.
    pub fn encode(&self, texts: &[&str]) -> Result<Vec<Vector>> {
        self.computed(texts, BATCH_TEXTS_MAX)
    }

    /// The same, at most `together` texts of one length at once.
    fn computed(&self, texts: &[&str], together: usize) -> Result<Vec<Vector>> {
        let read: Vec<Vec<i32>> = texts.iter().map(|text| self.pieces.of(text, TOKENS_MAX)).collect();
        // Texts of one length are computed together, so that none is filled up.
        let mut order: Vec<usize> = (0..read.len()).collect();
        order.sort_by_key(|i| read[*i].len());
        let same = order.chunk_by(|a, b| read[*a].len() == read[*b].len());
        let batches: Vec<&[usize]> = same.flat_map(|same| same.chunks(together)).collect();
        let taken = AtomicUsize::new(0);
        let work = |pool: &Arc<ThreadPool>| -> Result<Vec<(usize, Vector)>> {
            let mut done = Vec::new();
            while let Some(batch) = batches.get(taken.fetch_add(1, Ordering::Relaxed)) {
                let ids: Vec<i32> = batch.iter().flat_map(|i| read[*i].iter().copied()).collect();
                done.extend(batch.iter().copied().zip(self.batch(batch.len(), ids, pool)?));
            }
            Ok(done)
        };
        let parts: Vec<Result<Vec<(usize, Vector)>>> = std::thread::scope(|scope| {
            let work = &work;
            let most = batches.len().min(self.pools.len());
            let pools = (0..most).map(|_| self.pool());
            let threads: Vec<_> = pools.map(|pool| scope.spawn(move || work(pool))).collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            threads.into_iter().map(join).collect()
        });
        let mut found = vec![[0.0; DIMENSIONS]; read.len()];
        for (i, vector) in parts.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten() {
            found[i] = vector;
        }
        Ok(found)
    }

    /// The threads in turn, so that two who wait do not wait for the same.
    fn pool(&self) -> &Arc<ThreadPool> {
        &self.pools[self.next.fetch_add(1, Ordering::Relaxed) % self.pools.len()]
    }

    /// The vector of one text. Those of the last few hundred are remembered.
    pub fn one(&self, text: &str) -> Result<Vector> {
        if let Some(known) = self.known(text) {
            return Ok(known);
        }
        let found = self.alone(text, self.pool())?;
        self.recent().put(key(text), found);
        Ok(found)
    }

    /// The same of several texts, each computed alone and on all cores: the sentences of one message.
    pub fn several(&self, texts: &[&str]) -> Result<Vec<Vector>> {
        let mut missing: Vec<&str> = texts.iter().copied().filter(|text| self.known(text).is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        let found = match missing[..] {
            [] => Vec::new(),
            [one] => vec![self.alone(one, self.pool())?],
            _ => self.computed(&missing, 1)?,
        };
        let mut recent = self.recent();
        missing.iter().zip(found).for_each(|(text, vector)| recent.put(key(text), vector));
        drop(recent);
        // What others pushed out meanwhile is computed once more.
        texts.iter().map(|text| self.one(text)).collect()
    }

    /// The vector of a text that is an example, or came lately.
    fn known(&self, text: &str) -> Option<Vector> {
        let key = key(text);
        let kept = self.kept().get(&key).copied();
        kept.or_else(|| self.recent().of(&key))
    }

    fn alone(&self, text: &str, pool: &Arc<ThreadPool>) -> Result<Vector> {
        let found = self.batch(1, self.pieces.of(text, TOKENS_MAX), pool)?;
        found.into_iter().next().ok_or_else(|| Error::broken("a text was encoded into nothing"))
    }

    /// Vectors of examples, which are kept, since the next release has most of them again. Customers' messages never are.
    pub fn examples(&self, texts: &[&str]) -> Result<Vec<Vector>> {
        let missing: Vec<&str> = {
            let kept = self.kept();
            texts.iter().copied().filter(|text| !kept.contains_key(&key(text))).collect()
        };
        let new: HashMap<[u8; 32], Vector> = missing.iter().map(|text| key(text)).zip(self.encode(&missing)?).collect();
        let mut kept = self.kept();
        let of = |text: &&str| new.get(&key(text)).or_else(|| kept.get(&key(text))).copied();
        // What another release pushed out meanwhile is computed once more.
        let found: Option<Vec<Vector>> = texts.iter().map(of).collect();
        if kept.len() + new.len() > KEPT_MAX {
            kept.clear();
        }
        kept.extend(new.into_iter().take(KEPT_MAX));
        drop(kept);
        found.map_or_else(|| self.encode(texts), Ok)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<[u8; 32], Vector>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Vectors of `count` texts of one length, whose pieces follow each other.
    fn batch(&self, count: usize, ids: Vec<i32>, pool: &Arc<ThreadPool>) -> Result<Vec<Vector>> {
        let length = ids.len() / count.max(1);
        let even = |value: i32| NdTensor::from_data([count, length], vec![value; count * length]);
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> =
            vec![(self.ids, NdTensor::from_data([count, length], ids).into()), (self.mask, even(1).into())];
        inputs.extend(self.kinds.map(|kinds| (kinds, even(0).into())));
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let wrong = |what: &dyn fmt::Display| {
            Error::invalid(format!("{} does not encode a text: {what}", self.place.display()), remedy())
        };
        let [output] = self.model.run_n(inputs, [self.output], Some(options)).map_err(|e| wrong(&e))?;
        let output: NdTensor<f32, 3> = output.try_into().map_err(|e| wrong(&format!("{e:?}")))?;
        if output.shape() != [count, length, DIMENSIONS] {
            return Err(wrong(&format!("it gives {:?} numbers, not {DIMENSIONS} a piece", output.shape())));
        }
        let numbers = output.to_vec();
        Ok(numbers.chunks_exact(length * DIMENSIONS).map(mean).collect())
    }
}

impl Encode for Encoder {
    fn asked(&self, text: &str) -> Result<Vector> {
        self.one(text)
    }

    fn aside(&self, text: &str) -> Result<Vector> {
        self.alone(text, &self.aside)
    }

    fn knows(&self, language: &str) -> bool {
        self.languages.iter().any(|known| known == language)
    }
}

fn key(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The name under which its makers published it, or its folder's.
fn named(digest: &str, folder: &Path) -> String {
    let known = PUBLISHED.iter().find(|(of, _)| *of == digest).map(|(_, name)| (*name).to_owned());
    let own = || folder.file_name().map(|name| name.to_string_lossy().into_owned());
    known.or_else(own).unwrap_or_else(|| "encoder".to_owned())
}

/// The languages that a folder says its encoder was trained on.
fn languages(folder: &Path) -> Result<Vec<String>> {
    let path = folder.join(LANGUAGES_FILE);
    if !path.is_file() {
        return Ok(vec![LANGUAGE.to_owned()]);
    }
    let text = String::from_utf8_lossy(&read(&path, LANGUAGES_BYTES_MAX)?).to_lowercase();
    let tags: Vec<String> = text.lines().map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    // `en-GB` would be waited for in vain.
    let is_language = |tag: &String| (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_lowercase());
    if tags.is_empty() || !tags.iter().all(is_language) {
        let place = path.display().to_string();
        let remedy = "write one language a line by its two or three letters, such as en, or take the file away";
        return Err(Error::invalid_at(&place, format!("{place} names no languages"), remedy));
    }
    Ok(tags)
}

/// The mean of all pieces' vectors, made as long as 1.
fn mean(pieces: &[f32]) -> Vector {
    let mut sum = [0.0_f32; DIMENSIONS];
    for piece in pieces.chunks_exact(DIMENSIONS) {
        sum.iter_mut().zip(piece).for_each(|(s, p)| *s += p);
    }
    let length = sum.iter().map(|s| s * s).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    sum.map(|s| s / length)
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let cannot = |why: String| Error::invalid(format!("{} cannot be read: {why}", path.display()), remedy());
    let length = std::fs::metadata(path).map_err(|e| cannot(e.to_string()))?.len();
    if length > bytes_max {
        return Err(cannot(format!("it has {length} bytes, more than {bytes_max}")));
    }
    std::fs::read(path).map_err(|e| cannot(e.to_string()))
}

fn remedy() -> String {
    format!(
        "an encoder is a folder with {MODEL_FILE} and {VOCABULARY_FILE}; docs/guide/agents.md says where to get one"
    )
}
