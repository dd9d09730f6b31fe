//! A policy's folder of templates: what stands in it.

use std::path::Path;
use std::{fs, io};

use dunning::value::Language;

/// The languages of a folder: folders with the two letters of one for a name; there may be others.
pub(crate) fn languages_of(folder: &Path) -> io::Result<Vec<Language>> {
    let mut languages = Vec::new();
    for entry in none_if_missing(fs::read_dir(folder))?.into_iter().flatten() {
        languages.extend(entry?.file_name().to_str().and_then(language));
    }
    Ok(languages)
}

/// The language whose two letters are a name.
pub(crate) fn language(name: &str) -> Option<Language> {
    let name = Some(name).filter(|name| name.len() == 2)?;
    Language::parse(name).ok()
}

/// The names of all files of a folder, as `fr/ask.j2`; none of what is hidden, or is there to be read by people.
pub(crate) fn files_of(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in none_if_missing(fs::read_dir(folder))?.into_iter().flatten() {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() {
            let inside = files_of(&path)?;
            files.extend(inside.into_iter().map(|file| format!("{name}/{file}")));
        } else if !name.starts_with('.') && path.extension().is_none_or(|kind| kind != "md") {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

/// A policy need not have templates of its own.
pub(crate) fn none_if_missing<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
