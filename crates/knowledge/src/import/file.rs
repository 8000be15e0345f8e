//! Files and folders, by the endings of their names.

use super::{Read, html, json, markdown, pdf, table};
use crate::shelf::ARTICLES_MAX;
use baton_base::Finding;
use std::fs;
use std::path::{Path, PathBuf};

/// Largest file read, bytes.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most files of a folder, count.
const FILES_MAX: usize = 50_000;

/// Reads a file, or every file of a folder.
pub fn read(path: &Path) -> Result<Read, Finding> {
    let name = path.display().to_string();
    let remedy = "give a folder or a file of .md, .html, .txt, .pdf, .json, .jsonl or .csv";
    let wrong = |what: String| Finding::error(&name, "articles", what, remedy);
    let mut files = Vec::new();
    if path.is_dir() {
        walk(path, &mut files).map_err(|e| wrong(e.to_string()))?;
        files.sort();
    } else if path.is_file() {
        files.push(path.to_owned());
    } else {
        return Err(wrong("there is no such folder or file".to_owned()));
    }
    if files.len() > FILES_MAX {
        return Err(wrong(format!("{} files; at most {FILES_MAX} are read", files.len())));
    }
    let root = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let mut all = Read::default();
    for file in files {
        let short = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        read_file(&file, &short, &mut all)?;
        if all.drafts.len() > ARTICLES_MAX {
            return Err(wrong(format!("more than {ARTICLES_MAX} articles")));
        }
    }
    if all.drafts.is_empty() && all.skipped.is_empty() {
        return Err(wrong("there is no article in it".to_owned()));
    }
    Ok(all)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || path.is_symlink() {
            continue;
        }
        if path.is_dir() { walk(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn read_file(path: &Path, short: &str, all: &mut Read) -> Result<(), Finding> {
    let wrong = |what: String, remedy: &str| Finding::error(short, "article-file", what, remedy);
    if ending(short) == "pdf" {
        match pdf::text(pdf::PROGRAM, path) {
            Ok(text) => all.extend(markdown::plain(short, &text)),
            Err(why) => all.skip(short, why),
        }
        return Ok(());
    }
    if !KNOWN.contains(&ending(short).as_str()) {
        all.skip(short, format!("a file of this kind is not read; known are .{}", KNOWN.join(", .")));
        return Ok(());
    }
    let bytes = fs::metadata(path).map_err(|e| wrong(e.to_string(), "make the file readable"))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(wrong(format!("{bytes} bytes; at most {FILE_BYTES_MAX} are read"), "split the file"));
    }
    let bytes = fs::read(path).map_err(|e| wrong(e.to_string(), "make the file readable"))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        wrong("this is not UTF-8".to_owned(), "save the file as UTF-8").at(u32::try_from(line).unwrap_or(0), 1)
    })?;
    all.extend(read_text(short, &text)?);
    Ok(())
}

const KNOWN: [&str; 10] = ["md", "markdown", "html", "htm", "txt", "json", "jsonl", "ndjson", "csv", "tsv"];

/// What a name ends with, in lower case.
fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase())
}

/// Reads one file's text; its name tells how. The finding names file, line and remedy.
pub fn read_text(name: &str, text: &str) -> Result<Read, Finding> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    match ending(name).as_str() {
        "html" | "htm" => Ok(html::page(name, &text)),
        "json" => json::document(name, &text),
        "jsonl" | "ndjson" => json::lines(name, &text),
        "csv" => table::read(name, &text, b','),
        "tsv" => table::read(name, &text, b'\t'),
        "txt" => Ok(markdown::plain(name, &text)),
        _ => Ok(markdown::page(name, &text)),
    }
}

/// A file's name as a title: without folders and ending, marks between words as spaces.
pub(super) fn title_of(name: &str) -> String {
    let stem = name.rsplit('/').next().unwrap_or(name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let words = stem.replace(['_', '-'], " ");
    let mut chars = words.trim().chars();
    chars.next().map_or_else(|| name.to_owned(), |first| first.to_uppercase().chain(chars).collect())
}
