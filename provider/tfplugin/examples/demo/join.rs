//! The function `join`.

use tfplugin::{Context, Function, FunctionError, Parameter, Signature, Type, Value, async_trait};

pub(crate) struct Join;

#[async_trait]
impl Function for Join {
    fn name(&self) -> &str {
        "join"
    }

    fn signature(&self) -> Signature {
        Signature::new("Joins texts.", Type::String)
            .parameter(Parameter::new("separator", Type::String, "Comes between the texts."))
            .variadic(Parameter::new("texts", Type::String, "The texts."))
    }

    async fn call(&self, _context: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let texts: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
        match texts.split_first() {
            Some((&"", _)) => Err(FunctionError::argument(0, "The separator must not be empty.")),
            Some((separator, texts)) => Ok(texts.join(separator).into()),
            None => Err(FunctionError::new("Nothing to join.")),
        }
    }
}
