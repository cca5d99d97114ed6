//! `esu_collect_now`: an inventory of a hypervisor, beside the regular ones.

use crate::{
    adapter::refusal::Asked,
    session::{self, Session},
};
use client::{CallOptions, Client};
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
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let options = session::options(context, None);
        let asked = Asked { type_name: NAME, verb: "run", attributes: &[], import_id: None };
        let named = config.require_str("hypervisor")?;
        let path = ById { id: named.to_owned() };
        let before = client.call::<Read>(&path, &InParent::default(), &(), &options).await;
        let before = before.map_err(|error| match error.is_not_found() {
            true => super::missing("hypervisor", "hypervisor", named),
            false => asked.failed(&error),
        })?;
        let begun = client.call::<Collect>(&path, &InParent::default(), &(), &options).await;
        begun.map_err(|error| asked.failed(&error))?;
        progress.report(format!("An inventory of {named} was asked for.")).await;
        let wait = config.str("wait").and_then(|text| text.parse::<Span>().ok()).map(Span::to_duration);
        let until = Instant::now() + wait.unwrap_or_default();
        while Instant::now() < until && !context.cancellation().is_cancelled() {
            sleep(LOOK_EVERY).await;
            if let Some(said) =
                look(client, &path, &before, &options).await.map_err(|error| asked.failed(&error))?
            {
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
    client: &Client,
    path: &ById,
    before: &HypervisorView,
    options: &CallOptions,
) -> Result<Option<Result<String, Diagnostics>>, client::ClientError> {
    let now = client.call::<Read>(path, &InParent::default(), &(), options).await?;
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
