//! `esu_clone_plan`: a new tariff plan with the prices that another has now.

use super::Run;
use schemas::{
    endpoint::{
        ById, InParent,
        tariff_plan::{Clone, Read},
    },
    registry::schema_of,
    resource::tariff_plan::TariffPlanClone,
    tf,
};
use tfplugin::{
    ActionHandler, Attribute, Context, Diagnostics, Object, Progress, Schema, async_trait, validator,
};

const NAME: &str = "esu_clone_plan";

/// The action.
pub(crate) struct ClonePlan;

#[async_trait]
impl ActionHandler for ClonePlan {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let code = |value: &tfplugin::Value| {
            value.as_str().map_or(Ok(()), |text| schemas::format::check("code", text))
        };
        Schema::new(
            "Makes a new tariff plan with the prices that another plan of the same partner has now. It does nothing where \
             a plan with the new code is there already. The new plan belongs to nobody's state: import it.",
        )
        .attribute("source", Attribute::string().required().description("Code of the plan whose prices are copied, or its id."))
        .attribute(
            "partner",
            Attribute::string().description("Code of the partner whose plans they are; without it, the provider's `partner`."),
        )
        .attribute("code", Attribute::string().required().validate(code).description("Code of the new plan."))
        .attribute(
            "name",
            Attribute::string().required().validate(validator::length(1..=255)).description("Name of the new plan."),
        )
    }

    async fn invoke(
        &self,
        context: &Context,
        config: Object,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let mut run = Run::of(context, NAME)?;
        run.attributes = tf::object_attributes(&schema_of::<TariffPlanClone>());
        let partner = config.str("partner").or(run.client.partner()).map(str::to_owned);
        let within = InParent { partner, client: None };
        let (source, code) = (config.require_str("source")?, config.require_str("code")?);
        let there = ById { id: code.to_owned() };
        match run.call::<Read>(&there, &within, &()).await {
            Ok(plan) => {
                progress.report(format!("The plan {} is there already: nothing is done.", plan.code)).await;
                return Ok(());
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(run.failed(&error)),
        }
        let body = TariffPlanClone {
            code: code.parse().map_err(|error| told("code", &error))?,
            name: config.require_str("name")?.to_owned(),
        };
        let path = ById { id: source.to_owned() };
        let made = run.call::<Clone>(&path, &within, &body).await;
        let made = made.map_err(|error| run.refused(&error, "source", "tariff plan", source))?;
        progress.report(format!("The plan {} has the prices that {source} has now.", made.code)).await;
        Ok(())
    }
}

fn told(name: &str, error: &schemas::code::CodeError) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(name, "Invalid value", format!("{name}: {error}."));
    diagnostics
}
