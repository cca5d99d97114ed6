//! Bodies of any length, line by line: what is received and what is answered are kept in memory while they are small, and
//! in a file without a name once they are not.

use super::validate::Validators;
use crate::app::{Error, FieldErrors};
use axum::body::Body;
use futures::StreamExt;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{
    io::{BufRead, BufReader, Read, Seek, Write},
    marker::PhantomData,
};
use tempfile::SpooledTempFile;

/// How much of a body is kept in memory, in bytes.
const IN_MEMORY: usize = 1 << 20;

/// How much is read of a file at once, in bytes.
const READ_AT_ONCE: usize = 64 << 10;

/// What a body may be.
pub(crate) struct Bounds {
    /// The most lines.
    pub(crate) lines: usize,
    /// The longest line, in bytes.
    pub(crate) length: usize,
    /// The most errors that are told.
    pub(crate) errors: usize,
}

/// A body that was received whole, and each line of which is of its schema.
pub(crate) struct Received<T> {
    file: SpooledTempFile,
    hash: Sha256,
    of: PhantomData<fn() -> T>,
}

/// A body on its way in.
struct Receiving<'a> {
    file: SpooledTempFile,
    hash: Sha256,
    line: Vec<u8>,
    number: usize,
    count: usize,
    errors: FieldErrors,
    bounds: &'a Bounds,
}

impl<T: JsonSchema + DeserializeOwned + 'static> Received<T> {
    /// Receives a body. No line is done before all have come and are well formed: a slow caller holds up nobody.
    pub(crate) async fn receive(body: Body, bounds: &Bounds, validators: &Validators) -> Result<Self, Error> {
        let mut receiving = Receiving {
            file: SpooledTempFile::new(IN_MEMORY),
            hash: Sha256::new(),
            line: Vec::new(),
            number: 0,
            count: 0,
            errors: FieldErrors::new(),
            bounds,
        };
        let mut parts = body.into_data_stream();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| Error::BadRequest(format!("the body was cut off: {error}")))?;
            let mut pieces = part.split(|byte| *byte == b'\n');
            receiving.piece(pieces.next().unwrap_or_default())?;
            for piece in pieces {
                receiving.end_line::<T>(validators)?;
                receiving.piece(piece)?;
            }
        }
        receiving.end_line::<T>(validators)?;
        if !receiving.errors.is_empty() {
            return Err(Error::Fields(receiving.errors));
        }
        if receiving.count == 0 {
            return Err(Error::BadRequest("the body has no lines; write one JSON object on each".to_owned()));
        }
        Ok(Self { file: receiving.file, hash: receiving.hash, of: PhantomData })
    }

    /// The hash of all lines, after that of what else makes the call what it is.
    pub(crate) fn hash(&self, target: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(target);
        hash.update([0]);
        hash.update(self.hash.clone().finalize());
        hash.finalize().into()
    }

    /// The lines with their numbers, from the first.
    pub(crate) fn lines(&mut self) -> Result<impl Iterator<Item = Result<(usize, T), Error>>, Error> {
        self.file.rewind().map_err(spool)?;
        let reader = BufReader::with_capacity(READ_AT_ONCE, &mut self.file);
        let numbered = reader.lines().enumerate().map(|(index, line)| (index + 1, line));
        Ok(numbered.filter_map(|(number, line)| match line {
            Ok(line) if line.is_empty() => None,
            Ok(line) => {
                let read = serde_json::from_str(&line).map_err(|error| Error::internal("line", error));
                Some(read.map(|item| (number, item)))
            }
            Err(error) => Some(Err(spool(error))),
        }))
    }
}

impl Receiving<'_> {
    fn piece(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.line.len() + piece.len() > self.bounds.length {
            let text = format!("a line is longer than {} bytes", self.bounds.length);
            return Err(Error::field(&format!("lines.{}", self.number + 1), text));
        }
        self.line.extend_from_slice(piece);
        Ok(())
    }

    /// Checks and keeps the line that has come, an empty one too: the lines keep their numbers.
    fn end_line<T: JsonSchema + DeserializeOwned + 'static>(
        &mut self,
        validators: &Validators,
    ) -> Result<(), Error> {
        self.number += 1;
        let line = self.line.trim_ascii();
        self.hash.update(line);
        self.hash.update(b"\n");
        if !line.is_empty() {
            self.count += 1;
            if self.count > self.bounds.lines {
                let text =
                    format!("the body has more than {} lines; send the rest by itself", self.bounds.lines);
                return Err(Error::BadRequest(text));
            }
            if self.errors.len() < self.bounds.errors {
                check::<T>(line, self.number, validators, &mut self.errors)?;
            }
        }
        self.file.write_all(line).and_then(|()| self.file.write_all(b"\n")).map_err(spool)?;
        self.line.clear();
        Ok(())
    }
}

fn check<T: JsonSchema + DeserializeOwned + 'static>(
    line: &[u8],
    number: usize,
    validators: &Validators,
    errors: &mut FieldErrors,
) -> Result<(), Error> {
    let value: serde_json::Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => {
            errors.insert(format!("lines.{number}"), vec![format!("the line is not JSON: {error}")]);
            return Ok(());
        }
    };
    let code = value.get("code").and_then(serde_json::Value::as_str).unwrap_or("no code").to_owned();
    match validators.parse::<T>(&value) {
        Ok(_) => {}
        Err(Error::Fields(fields)) => {
            for (field, texts) in fields {
                let field = if field == "non_field_errors" { String::new() } else { format!(".{field}") };
                let texts = texts.into_iter().map(|text| format!("{code}: {text}")).collect();
                errors.insert(format!("lines.{number}{field}"), texts);
            }
        }
        Err(Error::BadRequest(text)) => {
            errors.insert(format!("lines.{number}"), vec![format!("{code}: {text}")]);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Lines to be answered.
pub(crate) struct Answer(SpooledTempFile);

impl Answer {
    pub(crate) fn new() -> Self {
        Self(SpooledTempFile::new(IN_MEMORY))
    }

    /// Adds a line.
    pub(crate) fn write(&mut self, line: &impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(&mut self.0, line).map_err(|error| Error::internal("answer", error))?;
        self.0.write_all(b"\n").map_err(spool)
    }

    /// All lines, as a body that is read as it is sent.
    pub(crate) fn into_body(mut self) -> Result<Body, Error> {
        self.0.rewind().map_err(spool)?;
        let parts = futures::stream::unfold(self.0, |mut file| async move {
            let mut part = vec![0; READ_AT_ONCE];
            match file.read(&mut part) {
                Ok(0) => None,
                Ok(length) => {
                    part.truncate(length);
                    Some((Ok(part), file))
                }
                Err(error) => Some((Err(error), file)),
            }
        });
        Ok(Body::from_stream(parts))
    }
}

fn spool(error: std::io::Error) -> Error {
    Error::internal("the file of a body", error)
}
