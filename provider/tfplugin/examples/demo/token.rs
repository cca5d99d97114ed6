//! The ephemeral resource `demo_token`.

use std::time::Duration;

use tfplugin::{
    Attribute, Context, Diagnostics, EphemeralResource, Object, Opened, Private, Renewed, Schema, Type,
    async_trait,
};

use crate::store::Store;

/// How long a token lives without being renewed.
const LIFE: Duration = Duration::from_secs(3600);

pub(crate) struct Token;

#[async_trait]
impl EphemeralResource for Token {
    fn type_name(&self) -> &str {
        "demo_token"
    }

    fn schema(&self) -> Schema {
        Schema::new("A token that nobody keeps.")
            .attribute("seed", Attribute::string().required().description("What it is made of."))
            .attribute("prefix", Attribute::string().default("token").description("What it begins with."))
            .attribute("value", Attribute::string().computed().sensitive().description("The token."))
    }

    async fn open(&self, _context: &Context, config: Object) -> Result<Opened, Diagnostics> {
        let (seed, prefix) = (config.require_str("seed")?, config.require_str("prefix")?);
        let mut private = Private::new();
        private.set("seed", seed);
        let value = format!("{prefix}-{seed}");
        Ok(Opened::new(config.clone().with("value", value)).with_private(private).renew_after(LIFE))
    }

    async fn renew(&self, _context: &Context, private: Private) -> Result<Renewed, Diagnostics> {
        Ok(Renewed { private, renew_after: Some(LIFE) })
    }

    /// Leaves a trace, so that one sees that it is over.
    async fn close(&self, context: &Context, private: Private) -> Result<(), Diagnostics> {
        let name = format!("closed-{}", private.str("seed").unwrap_or_default());
        Ok(context.data::<Store>()?.write(&name, &Object::new(), &Type::object::<&str>([]))?)
    }
}
