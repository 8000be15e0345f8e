//! An encoder from its folder: what lies close, what is said of a folder that holds none.

use baton_encode::{Encode, Encoder, LANGUAGES_FILE, MODEL_FILE, TOKENS_MAX, VOCABULARY_FILE, Vector};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder that `cargo xtask test` fills.
fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("BATON_TEST_ENCODER").map(PathBuf::from);
    let skips = std::env::var("BATON_SKIP_ENCODER").is_ok_and(|value| value == "1");
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/encoder");
    let found = named.or_else(|| usual.is_dir().then_some(usual)).filter(|_| !skips);
    if found.is_none() {
        println!("skipped: no encoder is here (cargo xtask test --only tools fetches it)");
    }
    found
}

fn cosine(a: &Vector, b: &Vector) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[test]
fn what_means_the_same_lies_close_whichever_words_it_uses() {
    let Some(folder) = folder() else { return };
    let encoder = Encoder::load(&folder).unwrap();
    assert!(encoder.to_string().starts_with("all-MiniLM-L6-v2-int8 (sha256 "), "{encoder}");
    // Cosines that another runtime (ONNX Runtime 1.x, one thread) gives for the same files.
    for (a, b, expected) in [
        ("I lost my card on the train", "My bank card went missing during the journey", 0.6633),
        ("When will my parcel arrive?", "How long does delivery take?", 0.6126),
        ("I lost my card on the train", "What is the weather in Oslo tomorrow?", 0.0948),
        ("When will my parcel arrive?", "The soup was too salty", -0.0767),
    ] {
        let found = encoder.encode(&[a, b]).unwrap();
        let close = cosine(&found[0], &found[1]);
        assert!((close - expected).abs() < 0.002, "{a} / {b}: {close}");
        assert!((cosine(&found[0], &found[0]) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn a_text_has_one_vector_however_many_it_comes_with_and_only_its_beginning_counts() {
    let Some(folder) = folder() else { return };
    let encoder = Encoder::load(&folder).unwrap();
    let texts = ["", "my card", "where is it", "where is that", "ÄÖÜ €", "where is it"];
    let together = encoder.encode(&texts).unwrap();
    let kept = encoder.examples(&texts).unwrap();
    for (text, (vector, kept)) in texts.iter().zip(together.iter().zip(&kept)) {
        assert!(cosine(vector, &encoder.one(text).unwrap()) > 0.99999, "{text:?}");
        assert!(cosine(vector, kept) > 0.99999, "{text:?}");
    }
    assert_eq!(encoder.encode(&[]).unwrap().len(), 0);
    let long = "card ".repeat(TOKENS_MAX - 2);
    let longer = format!("{long} and the weather in Oslo");
    assert!(cosine(&encoder.one(&long).unwrap(), &encoder.one(&longer).unwrap()) > 0.99999);
}

#[test]
fn sentences_of_one_message_have_the_vectors_that_each_has_alone() {
    let Some(folder) = folder() else { return };
    let (encoder, other) = (Encoder::load(&folder).unwrap(), Encoder::load(&folder).unwrap());
    let texts = ["my card is gone", "where is it now", "please send a new one to my address", "where is it now", ""];
    for _ in 0..2 {
        let together = encoder.several(&texts).unwrap();
        assert_eq!(together.len(), texts.len());
        for (text, vector) in texts.iter().zip(&together) {
            assert!(cosine(vector, &other.one(text).unwrap()) > 0.99999, "{text:?}");
            assert!(cosine(vector, &other.aside(text).unwrap()) > 0.99999, "{text:?}");
        }
    }
    assert!(encoder.several(&[]).unwrap().is_empty());
}

#[test]
fn an_encoder_knows_english_unless_its_folder_says_otherwise() {
    let Some(folder) = folder() else { return };
    let place = tempfile::tempdir().unwrap();
    for file in [MODEL_FILE, VOCABULARY_FILE] {
        fs::copy(folder.join(file), place.path().join(file)).unwrap();
    }
    let known = |tags: &[&str]| {
        let encoder = Encoder::load(place.path()).unwrap();
        tags.iter().map(|tag| encoder.knows(tag)).collect::<Vec<_>>()
    };
    assert_eq!(known(&["en", "de"]), [true, false]);
    fs::write(place.path().join(LANGUAGES_FILE), "de\nFR \n").unwrap();
    assert_eq!(known(&["en", "de", "fr"]), [false, true, true]);
    for wrong in ["", "german", "en-GB"] {
        fs::write(place.path().join(LANGUAGES_FILE), wrong).unwrap();
        let error = Encoder::load(place.path()).unwrap_err().to_string();
        assert!(error.contains("languages.txt names no languages"), "{error}");
    }
}

#[test]
fn a_folder_that_holds_no_encoder_is_refused_with_the_file_and_what_to_do() {
    let check = |folder: &Path, words: &[&str]| {
        let error = Encoder::load(folder).unwrap_err().to_string();
        assert!(words.iter().all(|w| error.contains(w)) && error.contains("docs/guide/agents.md"), "{error}");
    };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    check(&folder.join("nowhere"), &["nowhere", "no folder"]);
    check(folder, &[MODEL_FILE, "cannot be read"]);
    fs::write(folder.join(MODEL_FILE), b"this is no model").unwrap();
    check(folder, &[VOCABULARY_FILE, "cannot be read"]);
    fs::write(folder.join(VOCABULARY_FILE), "[UNK]\n[CLS]\n[SEP]\nmy\n").unwrap();
    check(folder, &[MODEL_FILE, "cannot be used"]);
    fs::write(folder.join(VOCABULARY_FILE), "my\ncard\n").unwrap();
    let error = Encoder::load(folder).unwrap_err().to_string();
    assert!(error.contains("vocab.txt has no piece [CLS]"), "{error}");
    fs::write(folder.join(VOCABULARY_FILE), b"\xff\xfe").unwrap();
    let error = Encoder::load(folder).unwrap_err().to_string();
    assert!(error.contains("vocab.txt is not UTF-8"), "{error}");
}
