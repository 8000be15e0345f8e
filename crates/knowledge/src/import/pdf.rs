//! The text of a PDF, by the program `pdftotext` (Poppler) where it is installed.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

/// The program.
pub(super) const PROGRAM: &str = "pdftotext";
/// Longest text taken of one file, bytes.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The text of a file; or in words why there is none.
pub(super) fn text(program: &str, path: &Path) -> Result<String, String> {
    // A whole path begins with a slash: no name of a file is taken for an option.
    let path = fs::canonicalize(path).map_err(|e| e.to_string())?;
    let mut command = Command::new(program);
    command.args(["-q", "-enc", "UTF-8"]).arg(&path).arg("-").stdin(Stdio::null());
    let done = match command.output() {
        Ok(done) => done,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(
                "PDF is read where pdftotext is installed (package poppler-utils); or save it as text".to_owned()
            );
        }
        Err(error) => return Err(format!("pdftotext: {error}")),
    };
    if !done.status.success() {
        return Err("pdftotext could not read it; save it as text or HTML".to_owned());
    }
    if done.stdout.len() > TEXT_BYTES_MAX {
        return Err(format!("its text has {} bytes; at most {TEXT_BYTES_MAX} are read", done.stdout.len()));
    }
    let text = String::from_utf8(done.stdout).map_err(|e| e.to_string())?;
    // A form feed ends each page.
    let text = text.replace("\r\n", "\n").replace('\u{c}', "\n\n");
    if text.trim().is_empty() { Err("there is no text in it, as in a scan".to_owned()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_the_program_says_is_taken_and_what_goes_wrong_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("-returns.pdf");
        fs::write(&file, "%PDF").unwrap();
        let check = |script: &str| {
            let program = folder.path().join("reader");
            fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            text(program.to_str().unwrap(), &file)
        };
        let pages =
            "case \"$4\" in /*-returns.pdf) printf 'Returns\\n\\nThirty days.\\fKeep the box.\\f';; *) exit 3;; esac";
        assert_eq!(check(pages).unwrap(), "Returns\n\nThirty days.\n\nKeep the box.\n\n");
        assert!(check("exit 1").unwrap_err().contains("could not read it"));
        assert!(check("printf ' \\f'").unwrap_err().contains("no text in it"));
        assert!(text("/nowhere/pdftotext", &file).unwrap_err().contains("poppler-utils"));
    }
}
