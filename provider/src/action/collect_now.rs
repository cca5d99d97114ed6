//! `esu_collect_now`: an inventory of a hypervisor, beside the regular ones.

use super::Run;
use client::ClientError;
use schemas::{
    endpoint::{
        ById, InParent,
        hypervisor::{Collect, Read},
    },
    resource::hypervisor::HypervisorView,
    span::Span,
};
use std::time::Duration;
use tfplugin::{
    ActionHandler, Attribute, Context, Diagnostic, Diagnostics, Object, Progress, Schema, Value, async_trait,
};
use tokio::time::{Instant, sleep};

const NAME: &str = "esu_collect_now";
/// How long is waited for the inventory where the configuration says nothing.
const WAIT: &str = "5m";
/// How often is looked whether it is there.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The action.
pub(crate) struct CollectNow;

#[async_trait]
impl ActionHandler for CollectNow {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let span = |value: &Value| value.as_str().map_or(Ok(()), |text| schemas::format::check("span", text));
        Schema::new("Has an inventory of a hypervisor taken now, beside the regular ones, and waits until it is there.")
            .attribute("hypervisor", Attribute::string().required().description("Code of the hypervisor, or its id."))
            .attribute(
                "wait",
                Attribute::string()
                    .default(WAIT)
                    .validate(span)
                    .description("How long to wait for the inventory at most, such as `2m`; `0s` does not wait."),
            )
    }

    async fn invoke(
        &self,
        context: &Context,
        config: Object,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let run = Run::of(context, NAME)?;
        let named = config.require_str("hypervisor")?;
        let path = ById { id: named.to_owned() };
        let before = run.call::<Read>(&path, &InParent::default(), &()).await;
        let before = before.map_err(|error| run.refused(&error, "hypervisor", "hypervisor", named))?;
        let begun = run.call::<Collect>(&path, &InParent::default(), &()).await;
        begun.map_err(|error| run.failed(&error))?;
        progress.report(format!("An inventory of {named} was asked for.")).await;
        let wait = config.str("wait").and_then(|text| text.parse::<Span>().ok()).map(Span::to_duration);
        let until = Instant::now() + wait.unwrap_or_default();
        while Instant::now() < until && !context.cancellation().is_cancelled() {
            sleep(LOOK_EVERY).await;
            if let Some(said) = look(&run, &path, &before).await.map_err(|error| run.failed(&error))? {
                progress.report(said?).await;
                return Ok(());
            }
        }
        if wait.is_some_and(|wait| wait.is_zero()) {
            return Ok(());
        }
        Err(Diagnostic::error(format!("The inventory of {named} is not there yet"))
            .detail("The data source `esu_hypervisor` tells how its collection goes.")
            .at("wait")
            .into())
    }
}

/// What came of the inventory; nothing as long as nothing did.
async fn look(
    run: &Run,
    path: &ById,
    before: &HypervisorView,
) -> Result<Option<Result<String, Diagnostics>>, ClientError> {
    let now = run.call::<Read>(path, &InParent::default(), &()).await?;
    let attempts = |view: &HypervisorView| view.collector.as_ref().map_or(0, |collector| collector.attempts);
    if attempts(&now) <= attempts(before) {
        return Ok(None);
    }
    let complete_at =
        |view: &HypervisorView| view.collector.as_ref().and_then(|collector| collector.last_ok_at);
    let is_complete = complete_at(&now) != complete_at(before);
    let Some(now) = now.collector else { return Ok(None) };
    Ok(Some(match now.last_error {
        Some(reason) if !is_complete => Err(Diagnostic::error("The inventory failed")
            .detail(format!("{reason}."))
            .at("hypervisor")
            .into()),
        // What a complete inventory leaves in doubt.
        doubt => Ok(format!(
            "The inventory has {} machines, {} of them without an owner.{}",
            now.machines,
            now.unowned,
            doubt.map(|doubt| format!(" {doubt}.")).unwrap_or_default()
        )),
    }))
}
