//! Function calls.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use super::{
    answer::panic_text,
    registry::Registry,
    value_message::{read_value, write_value},
};
use crate::{
    framework::{FunctionError, Parameter, Signature},
    proto::tfplugin6 as wire,
    value::Value,
};

pub(super) async fn call(
    registry: &Registry,
    request: wire::call_function::Request,
) -> wire::call_function::Response {
    let outcome = AssertUnwindSafe(result(registry, &request)).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|panic| {
        Err(FunctionError::new(format!("The provider panicked: {}", panic_text(&*panic))))
    });
    match outcome {
        Ok(result) => wire::call_function::Response { result: Some(result), error: None },
        Err(error) => wire::call_function::Response { result: None, error: Some(write_error(error)) },
    }
}

async fn result(
    registry: &Registry,
    request: &wire::call_function::Request,
) -> Result<wire::DynamicValue, FunctionError> {
    let registered = registry
        .functions
        .get(&request.name)
        .map_err(|_| FunctionError::new(format!("This provider has no function {:?}.", request.name)))?;
    let signature = registered.described();
    let arguments = read_arguments(signature, &request.arguments)?;
    let result = registered.item.call(&registry.context(), arguments).await?;
    write_value(&result, &signature.result)
        .map_err(|error| FunctionError::new(format!("The function's result is wrong: {error}.")))
}

fn read_arguments(
    signature: &Signature,
    arguments: &[wire::DynamicValue],
) -> Result<Vec<Value>, FunctionError> {
    if arguments.len() < signature.parameters.len() {
        let count = signature.parameters.len();
        return Err(FunctionError::new(format!("The function needs {count} arguments.")));
    }
    let read = |(position, message)| {
        let parameter = parameter(signature, position)
            .ok_or_else(|| FunctionError::argument(position, "The function has no such parameter."))?;
        read_value(Some(message), &parameter.ty)
            .map_err(|error| FunctionError::argument(position, format!("{error}.")))
    };
    arguments.iter().enumerate().map(read).collect()
}

fn parameter(signature: &Signature, position: usize) -> Option<&Parameter> {
    signature.parameters.get(position).or(signature.variadic.as_ref())
}

fn write_error(error: FunctionError) -> wire::FunctionError {
    let argument = error.argument.and_then(|position| i64::try_from(position).ok());
    wire::FunctionError { text: error.message, function_argument: argument }
}
