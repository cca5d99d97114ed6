//! Request bodies against the generated JSON Schemas: all errors at once, each at its field.

use crate::app::{Error, FieldErrors};
use jsonschema::{Keyword, ValidationError, Validator, error::ValidationErrorKind};
use schemas::{endpoint::Endpoint, registry};
use serde_json::Value;
use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Compiled schemas by the body's type: each is compiled once, when it is first needed.
#[derive(Default)]
pub(crate) struct Validators(Mutex<HashMap<TypeId, Arc<Validator>>>);

impl Validators {
    /// Parses and checks the body of a request.
    pub(crate) fn body<E: Endpoint>(&self, bytes: &[u8]) -> Result<E::Body, Error> {
        if takes_no_body::<E>() {
            return serde_json::from_value(Value::Null).map_err(|error| Error::internal("empty body", error));
        }
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Error::BadRequest(format!("the body is not JSON: {error}")))?;
        let errors = self.errors::<E>(&value)?;
        if !errors.is_empty() {
            return Err(Error::Fields(errors));
        }
        serde_json::from_value(value).map_err(|error| Error::BadRequest(error.to_string()))
    }

    fn errors<E: Endpoint>(&self, value: &Value) -> Result<FieldErrors, Error> {
        let validator = self.validator::<E>()?;
        let mut errors = FieldErrors::new();
        for error in validator.iter_errors(value) {
            collect(&error, &mut errors);
        }
        Ok(errors)
    }

    fn validator<E: Endpoint>(&self) -> Result<Arc<Validator>, Error> {
        let mut compiled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(&TypeId::of::<E>()) {
            return Ok(Arc::clone(validator));
        }
        let validator = jsonschema::draft202012::options()
            .with_keyword("format", |_, name, _| {
                Ok(Box::new(Format(name.as_str().unwrap_or_default().to_owned())))
            })
            .build(&registry::schema_of::<E::Body>())
            .map_err(|error| Error::internal("schema of a body", error))?;
        let validator = Arc::new(validator);
        compiled.insert(TypeId::of::<E>(), Arc::clone(&validator));
        Ok(validator)
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
