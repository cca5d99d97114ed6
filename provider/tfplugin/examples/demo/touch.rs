//! The action `demo_touch`.

use tfplugin::{
    ActionHandler, Attribute, Context, Diagnostic, Diagnostics, Object, Progress, Schema, Type, async_trait,
    validator,
};

use crate::store::Store;

pub(crate) struct Touch;

#[async_trait]
impl ActionHandler for Touch {
    fn type_name(&self) -> &str {
        "demo_touch"
    }

    fn schema(&self) -> Schema {
        Schema::new("Leaves a trace.")
            .attribute("name", Attribute::string().required().description("The name of the trace."))
            .attribute(
                "times",
                Attribute::number().default(1).validate(validator::at_least(1)).description("How often."),
            )
    }

    async fn plan(&self, _context: &Context, config: &Object) -> Diagnostics {
        if config.str("name") == Some("nothing") {
            return Diagnostic::error("Nothing to touch").at("name").into();
        }
        Diagnostics::new()
    }

    async fn invoke(
        &self,
        context: &Context,
        config: Object,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let name = config.require_str("name")?;
        let times = config.integer("times").unwrap_or(1);
        let ty = Type::object([("times", Type::Number)]);
        for time in 1..=times {
            if context.cancellation().is_cancelled() {
                return Err(Diagnostic::error("Interrupted").into());
            }
            let trace = Object::new().with("times", time);
            context.data::<Store>()?.write(&format!("touched-{name}"), &trace, &ty)?;
            progress.report(format!("touched {name}, time {time} of {times}")).await;
        }
        Ok(())
    }
}
