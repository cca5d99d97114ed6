//! Where the things are: one JSON file each.

use std::{fs, io, path::PathBuf};

use tfplugin::{
    Diagnostic, Object, Type, Value,
    value::json::{self, Surplus},
};

pub(crate) struct Store {
    pub(crate) folder: PathBuf,
}

impl Store {
    pub(crate) fn read(&self, name: &str, ty: &Type) -> Result<Option<Object>, Diagnostic> {
        let bytes = match fs::read(self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| failed(&error))?,
        };
        match json::decode(&bytes, ty, Surplus::Refuse)? {
            Value::Object(object) => Ok(Some(object)),
            _ => Ok(None),
        }
    }

    pub(crate) fn write(&self, name: &str, object: &Object, ty: &Type) -> Result<(), Diagnostic> {
        let bytes = json::encode(&Value::Object(object.clone()), ty)?;
        fs::write(self.path(name), bytes).map_err(|error| failed(&error))
    }

    pub(crate) fn delete(&self, name: &str) -> Result<(), Diagnostic> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&error)),
            _ => Ok(()),
        }
    }

    /// The names of all things, in order.
    pub(crate) fn names(&self) -> Result<Vec<String>, Diagnostic> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(|error| failed(&error))? {
            let file = entry.map_err(|error| failed(&error))?.file_name();
            names.extend(file.to_str().and_then(|file| file.strip_suffix(".json")).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }
}

fn failed(error: &io::Error) -> Diagnostic {
    Diagnostic::error("The store failed").detail(error.to_string())
}
