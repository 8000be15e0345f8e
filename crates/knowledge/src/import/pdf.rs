//! The text of a PDF, by the program `pdftotext` (Poppler) where it is installed.

use std::fs;
use std::io::{ErrorKind, Read as _};
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
    command.args(["-q", "-enc", "UTF-8"]).arg(&path).arg("-").stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(
                "PDF is read where pdftotext is installed (package poppler-utils); or save it as text".to_owned()
            );
        }
        Err(error) => return Err(format!("pdftotext: {error}")),
    };
    let mut text = Vec::new();
    let read = child.stdout.take().map(|out| out.take(TEXT_BYTES_MAX as u64 + 1).read_to_end(&mut text));
    let is_whole = matches!(read, Some(Ok(_))) && text.len() <= TEXT_BYTES_MAX;
    if !is_whole {
        // A small file may hold text without end: what nobody reads is not waited for.
        let _ = child.kill();
    }
    let done = child.wait().map_err(|e| format!("pdftotext: {e}"))?;
    if text.len() > TEXT_BYTES_MAX {
        return Err(format!("it has more than {TEXT_BYTES_MAX} bytes of text; split it, or save the parts as text"));
    }
    if !is_whole || !done.success() {
        return Err("pdftotext could not read it; save it as text or HTML".to_owned());
    }
    let text = String::from_utf8(text).map_err(|e| e.to_string())?;
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
        assert!(check("exec yes").unwrap_err().contains("more than"), "text without end is not waited for");
        assert!(text("/nowhere/pdftotext", &file).unwrap_err().contains("poppler-utils"));
    }
}
