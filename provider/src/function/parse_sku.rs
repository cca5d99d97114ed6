//! `parse_sku`: the eight parts of an article code.

use crate::adapter::{incoming, schema};
use schemas::{registry::schema_of, sku::Sku, tf};
use tfplugin::{Context, Function, FunctionError, Parameter, Signature, Type, Value, async_trait};

/// The function.
pub(crate) struct ParseSku;

#[async_trait]
impl Function for ParseSku {
    fn name(&self) -> &str {
        "parse_sku"
    }

    fn signature(&self) -> Signature {
        let parts = tf::object_attributes(&schema_of::<Sku>());
        let listed = parts.iter().map(|part| format!("\n- `{}`: {}", part.name, part.description));
        let description = format!(
            "Takes an article code such as `IS-KVM-VCPU-SL6-CR-P-PC-D` apart:\n{}",
            listed.collect::<String>()
        );
        Signature::new("The eight parts of an article code", schema::plain(&tf::field(&schema_of::<Sku>())))
            .description(description)
            .parameter(Parameter::new(
                "sku",
                Type::String,
                "The article code, as the data source `esu_services` lists it.",
            ))
    }

    async fn call(&self, _context: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let refuse = |message: String| FunctionError::argument(0, message);
        let sku: Sku = text.parse().map_err(|error: schemas::sku::SkuError| refuse(error.to_string()))?;
        let json = serde_json::to_value(sku).map_err(|error| refuse(error.to_string()))?;
        incoming::value(&tf::field(&schema_of::<Sku>()), &json).map_err(|error| refuse(error.to_string()))
    }
}
