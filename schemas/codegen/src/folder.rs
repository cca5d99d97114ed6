//! A generated folder: compared, and made what it should be.

use crate::{Difference, DifferenceKind, Files, GenerateError, Part};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// What of a part's folder is not as `files` say, by name.
pub(crate) fn compare(root: &Path, part: &Part, files: &Files) -> Result<Vec<Difference>, GenerateError> {
    let folder = part.folder;
    let mut present = contents(&root.join(folder))?;
    present.retain(|name, _| part.by_hand.is_none_or(|own| !name.starts_with(&format!("{own}/"))));
    let mut differences = Vec::new();
    let mut note = |name: &str, kind| differences.push(Difference { path: format!("{folder}/{name}"), kind });
    for (name, text) in files {
        match present.remove(name) {
            None => note(name, DifferenceKind::Missing),
            Some(bytes) if bytes != text.as_bytes() => note(name, DifferenceKind::Differs),
            Some(_) => {}
        }
    }
    present.keys().for_each(|name| note(name, DifferenceKind::Surplus));
    Ok(differences)
}

/// Writes what is missing or differs, and removes what is surplus.
pub(crate) fn mend(
    root: &Path,
    folder: &str,
    files: &Files,
    differences: &[Difference],
) -> Result<(), GenerateError> {
    for difference in differences {
        let path = root.join(&difference.path);
        let wanted = files.iter().find(|(name, _)| difference.path == format!("{folder}/{name}"));
        match wanted {
            Some((_, text)) => {
                let parent = path.parent().unwrap_or(root);
                fs::create_dir_all(parent).map_err(failed(parent))?;
                fs::write(&path, text).map_err(failed(&path))?;
            }
            None => fs::remove_file(&path).map_err(failed(&path))?,
        }
    }
    Ok(())
}

/// The files in a folder and below it, by their path from it.
fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, GenerateError> {
    let mut found = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        let entries = match fs::read_dir(&next) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound && next == folder => break,
            Err(error) => return Err(failed(&next)(error)),
        };
        for entry in entries {
            let path = entry.map_err(failed(&next))?.path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let bytes = fs::read(&path).map_err(failed(&path))?;
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            found.insert(name, bytes);
        }
    }
    Ok(found)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> GenerateError {
    let path = path.to_path_buf();
    move |source| GenerateError::File { path, source }
}
