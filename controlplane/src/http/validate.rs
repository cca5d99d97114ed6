//! Request bodies against the generated JSON Schemas: all errors at once, each at its field.

use super::call::Payload;
use crate::app::{Error, FieldErrors};
use jsonschema::{Keyword, ValidationError, Validator, error::ValidationErrorKind};
use schemars::JsonSchema;
use schemas::{endpoint::Endpoint, registry};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Compiled schemas by the body's type: each is compiled once, when it is first needed.
#[derive(Default)]
pub(crate) struct Validators(Mutex<HashMap<TypeId, Arc<Compiled>>>);

/// A schema, as it is written and as it is applied.
struct Compiled {
    schema: Value,
    validator: Validator,
}

impl Validators {
    /// Parses and checks the body of a call. Answers it also as what was sent; null for none.
    pub(crate) fn body<E: Endpoint>(&self, payload: Payload) -> Result<(E::Body, Value), Error> {
        if takes_no_body::<E>() {
            let body = serde_json::from_value(Value::Null);
            return Ok((body.map_err(|error| Error::internal("empty body", error))?, Value::Null));
        }
        let value = match payload {
            Payload::Json(value) => value.unwrap_or_default(),
            Payload::Bytes(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| Error::BadRequest(format!("the body is not JSON: {error}")))?,
        };
        self.parse::<E::Body>(&value).map(|body| (body, value))
    }

    /// Checks a value against the schema of its type, and reads it.
    pub(crate) fn parse<T: JsonSchema + DeserializeOwned + 'static>(
        &self,
        value: &Value,
    ) -> Result<T, Error> {
        let errors = self.errors::<T>(value)?;
        if !errors.is_empty() {
            return Err(Error::Fields(errors));
        }
        T::deserialize(value).map_err(|error| Error::BadRequest(error.to_string()))
    }

    fn errors<T: JsonSchema + 'static>(&self, value: &Value) -> Result<FieldErrors, Error> {
        let compiled = self.compiled::<T>()?;
        let mut errors = FieldErrors::new();
        for error in compiled.validator.iter_errors(value) {
            if is_secret(&compiled.schema, &error) {
                push(&mut errors, dotted(&error.instance_path().to_string()), error.masked().to_string());
            } else {
                collect(&error, &mut errors);
            }
        }
        Ok(errors)
    }

    fn compiled<T: JsonSchema + 'static>(&self) -> Result<Arc<Compiled>, Error> {
        let mut compiled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled.get(&TypeId::of::<T>()) {
            return Ok(Arc::clone(known));
        }
        let schema = registry::schema_of::<T>();
        let validator = jsonschema::draft202012::options()
            .with_keyword("format", |_, name, _| {
                Ok(Box::new(Format(name.as_str().unwrap_or_default().to_owned())))
            })
            .build(&schema)
            .map_err(|error| Error::internal("schema of a body", error))?;
        let new = Arc::new(Compiled { schema, validator });
        compiled.insert(TypeId::of::<T>(), Arc::clone(&new));
        Ok(new)
    }
}

/// The keyword `format`. JSON Schema has it for texts only; here it holds for numbers too, since money may be sent as
/// one, and a whole number must fit the type that it is read as.
struct Format(String);

impl Format {
    fn check(&self, instance: &Value) -> Result<(), String> {
        let number = match instance {
            Value::String(text) => return schemas::format::check(&self.0, text),
            Value::Number(number) => number,
            _ => return Ok(()),
        };
        let fits = match self.0.as_str() {
            "money" | "price" => return schemas::format::check(&self.0, &number.to_string()),
            "int64" => number.as_i64().is_some(),
            "uint32" => number.as_u64().is_some_and(|number| u32::try_from(number).is_ok()),
            "uint64" => number.as_u64().is_some(),
            _ => true,
        };
        if fits { Ok(()) } else { Err(format!("{number} is not a whole number in the range of this field")) }
    }
}

impl<'i> Keyword<'i> for Format {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        self.check(instance).map_err(ValidationError::custom)
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.check(instance).is_ok()
    }
}

/// Whether what is wrong is a secret, which no answer and no log repeats.
fn is_secret(schema: &Value, error: &ValidationError<'_>) -> bool {
    let keyword = error.schema_path().to_string();
    let place = keyword.rsplit_once('/').map_or("", |(place, _)| place);
    schema.pointer(place).and_then(|field| field.get("format")).is_some_and(|format| format == "password")
}

fn takes_no_body<E: Endpoint>() -> bool {
    TypeId::of::<E::Body>() == TypeId::of::<()>()
}

/// Puts an error at the field it is about, in words.
fn collect(error: &ValidationError<'_>, errors: &mut FieldErrors) {
    let path = dotted(&error.instance_path().to_string());
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            push(errors, join(&path, name), "This field is required.".to_owned());
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for name in unexpected {
                push(errors, join(&path, name), "There is no such field.".to_owned());
            }
        }
        ValidationErrorKind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default().to_owned();
            push(errors, join(&path, &name), message(error));
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let accepted = accepted(context);
            let text = if accepted.is_empty() {
                message(error)
            } else {
                format!("{} is not accepted; use one of {}", error.instance(), accepted.join(", "))
            };
            push(errors, path, text);
        }
        _ => push(errors, path, message(error)),
    }
}

/// The constants that the branches of a choice accept.
fn accepted(branches: &[Vec<ValidationError<'_>>]) -> Vec<String> {
    let mut constants = Vec::new();
    for error in branches.iter().flatten() {
        match error.kind() {
            ValidationErrorKind::Constant { expected_value } => constants.push(expected_value.to_string()),
            ValidationErrorKind::OneOfNotValid { context } => constants.extend(accepted(context)),
            _ => {}
        }
    }
    constants
}

fn message(error: &ValidationError<'_>) -> String {
    let instance = error.instance();
    match error.kind() {
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().into_iter().flatten().map(Value::to_string);
            format!("{instance} is not accepted; use one of {}", options.collect::<Vec<_>>().join(", "))
        }
        ValidationErrorKind::MinLength { limit: 1 } => "This field may not be empty.".to_owned(),
        _ => error.to_string(),
    }
}

fn push(errors: &mut FieldErrors, path: String, message: String) {
    let path = if path.is_empty() { "non_field_errors".to_owned() } else { path };
    errors.entry(path).or_default().push(message);
}

/// A JSON pointer as a path with dots.
fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
