//! Functions: pure computations, called as `provider::name::function(...)`.

use async_trait::async_trait;

use super::Context;
use crate::value::{Type, Value};

/// One parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, for documentation and messages.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Markdown.
    pub description: String,
    /// Whether null may be given.
    pub allow_null: bool,
    /// Whether the function is called even when this argument is unknown.
    pub allow_unknown: bool,
}

impl Parameter {
    /// A parameter that is neither null nor unknown.
    #[must_use]
    pub fn new(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ty,
            description: description.into(),
            allow_null: false,
            allow_unknown: false,
        }
    }

    /// Allows null.
    #[must_use]
    pub fn allow_null(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// Allows unknown values.
    #[must_use]
    pub fn allow_unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }
}

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// One line.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// The parameters in their order.
    pub parameters: Vec<Parameter>,
    /// The parameter that may be repeated at the end.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub result: Type,
    /// Why not to use it, when it is deprecated.
    pub deprecation: Option<String>,
}

impl Signature {
    /// A function without parameters.
    #[must_use]
    pub fn new(summary: impl Into<String>, result: Type) -> Self {
        Self {
            summary: summary.into(),
            description: String::new(),
            parameters: Vec::new(),
            variadic: None,
            result,
            deprecation: None,
        }
    }

    /// This signature, described in Markdown.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// This signature with one parameter more.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// This signature with a parameter that may be repeated at the end.
    #[must_use]
    pub fn variadic(mut self, parameter: Parameter) -> Self {
        self.variadic = Some(parameter);
        self
    }
}

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// A whole sentence.
    pub message: String,
    /// The position of the argument at fault, if it is one.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// An error that is no argument's fault.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), argument: None }
    }

    /// An error in the argument at a position, counted from 0.
    #[must_use]
    pub fn argument(position: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), argument: Some(position) }
    }
}

/// A function. It may be called before the provider is configured.
#[async_trait]
pub trait Function: Send + Sync + 'static {
    /// Its name, without the provider's.
    fn name(&self) -> &str;

    /// What it takes and gives.
    fn signature(&self) -> Signature;

    /// Computes the result. The arguments come in order, variadic ones at the end.
    ///
    /// # Errors
    /// Why there is no result.
    async fn call(&self, context: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}
