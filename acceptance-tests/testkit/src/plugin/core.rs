//! A resource in the hands of Terraform's core: planned, planned again when everything is known, carried out, read, and
//! judged at each step.

use super::{
    PluginError,
    call::{Kept, Plan, Plugin},
    judge,
    schema::{Attributes, Schema},
};
use tfplugin::{Object, Value, value::json};

/// A resource type of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Managed<'a> {
    plugin: &'a Plugin,
    type_name: &'a str,
}

impl<'a> Managed<'a> {
    /// The type of this name.
    pub fn new(plugin: &'a Plugin, type_name: &'a str) -> Self {
        Self { plugin, type_name }
    }

    /// Its schema.
    pub fn schema(&self) -> &'a Schema {
        self.plugin.resource(self.type_name)
    }

    /// A configuration of these values; what is missing is null.
    ///
    /// # Errors
    /// When a value is not of its attribute's type.
    pub fn config(&self, values: &serde_json::Value) -> Result<Value, PluginError> {
        Ok(json::from_json(values, &self.schema().ty, json::Surplus::Refuse)?)
    }

    /// Whether a plan finds nothing to do; warnings are no change.
    ///
    /// # Errors
    /// What the provider refuses, and rules that it breaks.
    pub async fn is_settled(&self, kept: &Kept, config: &Value) -> Result<bool, PluginError> {
        Ok(self.planned(Some(kept), config).await?.state == kept.state)
    }

    /// Applies a configuration of which some is known only at apply, where it turns out as `resolved`. The second plan
    /// must be empty after that, also with the object read anew and its state stored.
    ///
    /// # Errors
    /// What the provider refuses, and rules that it breaks.
    pub async fn reach(
        &self,
        prior: Option<&Kept>,
        config: &Value,
        resolved: &Value,
    ) -> Result<Kept, PluginError> {
        self.plugin.validate(self.type_name, config).await?;
        let first = self.planned(prior, config).await?;
        let plan = if config == resolved {
            first
        } else {
            self.plugin.validate(self.type_name, resolved).await?;
            let last = self.planned(prior, resolved).await?;
            // What must be replaced is known for sure only now.
            if last.requires_replace == first.requires_replace {
                expect("the final plan differs from the first", judge::result(&first.state, &last.state))?;
            }
            last
        };
        let kept = self.carried_out(prior, plan, resolved).await?;
        self.settled(kept, resolved).await
    }

    /// Deletes the object.
    ///
    /// # Errors
    /// What the provider refuses, and rules that it breaks.
    pub async fn destroy(&self, kept: &Kept) -> Result<(), PluginError> {
        let plan = self.plugin.plan(self.type_name, Some(kept), &Value::Null, &Value::Null).await?;
        if !plan.state.is_null() {
            return Err(PluginError::Broken("the plan of a deletion", vec!["keeps something".to_owned()]));
        }
        match self.plugin.apply(self.type_name, Some(kept), &plan, &Value::Null).await? {
            None => Ok(()),
            Some(_) => {
                Err(PluginError::Broken("a deletion", vec!["leaves something in the state".to_owned()]))
            }
        }
    }

    /// A plan that keeps the rules.
    async fn planned(&self, prior: Option<&Kept>, config: &Value) -> Result<Plan, PluginError> {
        let attributes = &self.schema().attributes;
        let before = prior.map_or(&Value::Null, |prior| &prior.state);
        let proposed = proposed(attributes, before, config);
        let plan = self.plugin.plan(self.type_name, prior, &proposed, config).await?;
        expect("the plan breaks a rule", judge::plan(attributes, before, config, &plan.state))?;
        if let Some(known) = prior.and_then(|prior| prior.identity.as_ref())
            && plan.requires_replace.is_empty()
            && plan.identity.as_ref().is_some_and(|planned| planned != known)
        {
            return Err(PluginError::Broken("the plan", vec!["changes the identity".to_owned()]));
        }
        Ok(plan)
    }

    /// The state after a plan, which is that of the plan.
    async fn carried_out(
        &self,
        prior: Option<&Kept>,
        plan: Plan,
        config: &Value,
    ) -> Result<Kept, PluginError> {
        if let Some(prior) = prior.filter(|prior| prior.state == plan.state) {
            return Ok(prior.clone());
        }
        let (prior, plan) = match prior {
            Some(replaced) if !plan.requires_replace.is_empty() => {
                self.destroy(replaced).await?;
                (None, self.planned(None, config).await?)
            }
            prior => (prior, plan),
        };
        let kept = self.plugin.apply(self.type_name, prior, &plan, config).await?;
        let gone = || PluginError::Broken("an apply", vec!["leaves nothing in the state".to_owned()]);
        let kept = kept.ok_or_else(gone)?;
        expect("the result differs from the plan", judge::result(&plan.state, &kept.state))?;
        expect("the result cannot be kept", judge::kept(&self.schema().attributes, &kept.state))?;
        self.same_identity(prior, &kept)?;
        Ok(kept)
    }

    /// The same object as the next run finds it, with nothing to do.
    async fn settled(&self, kept: Kept, config: &Value) -> Result<Kept, PluginError> {
        self.expect_empty(&kept, config, "the second plan").await?;
        let schema = self.schema();
        let stored = json::to_json(&kept.state, &schema.ty)?;
        let state = self.plugin.upgrade(self.type_name, schema.version, &stored).await?;
        expect("the stored state is read as another", judge::result(&kept.state, &state))?;
        let stored = Kept { state, ..kept };
        let (read, told) = self.plugin.read(self.type_name, &stored).await?;
        let gone = || PluginError::Broken("a read", vec!["does not find the object".to_owned()]);
        let read = read.ok_or_else(gone)?;
        expect("a read differs from the state", judge::result(&stored.state, &read.state))?;
        expect("a read warns of nothing", told.iter().map(ToString::to_string).collect())?;
        self.same_identity(Some(&stored), &read)?;
        self.expect_empty(&read, config, "the plan after a read").await?;
        Ok(read)
    }

    async fn expect_empty(&self, kept: &Kept, config: &Value, what: &'static str) -> Result<(), PluginError> {
        let plan = self.planned(Some(kept), config).await?;
        let mut changes = judge::result(&plan.state, &kept.state);
        if changes.is_empty() && plan.state != kept.state {
            changes.push("makes something unknown".to_owned());
        }
        expect(what, changes)
    }

    /// A type with an identity has one from its creation on, and always the same.
    fn same_identity(&self, prior: Option<&Kept>, kept: &Kept) -> Result<(), PluginError> {
        if !self.plugin.identities.contains_key(self.type_name) {
            return Ok(());
        }
        let wrong = |text: &str| Err(PluginError::Broken("the identity", vec![text.to_owned()]));
        match (prior.map(|prior| &prior.identity), &kept.identity) {
            (_, None) => wrong("is missing"),
            (_, Some(identity)) if !identity.is_wholly_known() => wrong("is not wholly known"),
            (Some(Some(before)), Some(identity)) if before != identity => wrong("changed"),
            _ => Ok(()),
        }
    }
}

fn expect(what: &'static str, faults: Vec<String>) -> Result<(), PluginError> {
    if faults.is_empty() { Ok(()) } else { Err(PluginError::Broken(what, faults)) }
}

/// What core proposes: the configuration, and what was before where the provider chooses.
fn proposed(attributes: &Attributes, prior: &Value, config: &Value) -> Value {
    let Value::Object(given) = config else { return Value::Null };
    let nothing = Object::new();
    let prior = prior.as_object().unwrap_or(&nothing);
    let values = attributes.iter().map(|(name, attribute)| {
        let value = match given.get(name) {
            _ if attribute.write_only => &Value::Null,
            Value::Null if attribute.computed => prior.get(name),
            value => value,
        };
        (name.clone(), value.clone())
    });
    Value::Object(values.collect())
}
