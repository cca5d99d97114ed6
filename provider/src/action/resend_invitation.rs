//! `esu_resend_invitation`: the message with the link once more, with another link.

use super::Run;
use schemas::{
    endpoint::{ById, InParent, access::ResendInvitation},
    resource::access::AccessStatus,
};
use tfplugin::{ActionHandler, Attribute, Context, Diagnostics, Object, Progress, Schema, async_trait};

const NAME: &str = "esu_resend_invitation";

/// The action.
pub(crate) struct Resend;

#[async_trait]
impl ActionHandler for Resend {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Sends an invitation again, with another link that is valid from then on; the link before ends. It does \
             nothing where the invitation was accepted.",
        )
        .attribute("access", Attribute::string().required().description("Id of the `esu_access` that it is to."))
    }

    async fn invoke(
        &self,
        context: &Context,
        config: Object,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let run = Run::of(context, NAME)?;
        let named = config.require_str("access")?;
        let path = ById { id: named.to_owned() };
        let sent = run.call::<ResendInvitation>(&path, &InParent::default(), &()).await;
        let access = sent.map_err(|error| run.refused(&error, "access", "access", named))?;
        let said = match access.status {
            AccessStatus::Accepted => format!("{} has accepted already: nothing is sent.", access.user),
            _ => format!("{} is sent another link.", access.user),
        };
        progress.report(said).await;
        Ok(())
    }
}
