//! The calls of the protocol, with values in the place of their bytes.

use super::{
    PluginError,
    process::{Process, Transport},
    proto::tfplugin6::{self as wire, provider_client::ProviderClient},
    schema::{self, Schema},
};
use std::{collections::BTreeMap, fmt, path::Path};
use tfplugin::{
    Type, Value,
    value::{json, msgpack},
};
use tonic::{Code, Request};

/// The version that the provider is told.
const TERRAFORM: &str = "1.11.4";

/// The largest message, as Terraform has it.
const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// What a provider said to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Whether it is an error; else a warning.
    pub is_error: bool,
    /// The first line.
    pub summary: String,
    /// The rest.
    pub detail: String,
    /// The attribute that it is about, such as `services["kvm_cpu"]`; empty for the whole.
    pub attribute: String,
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (at {:?}): {}", self.summary, self.attribute, self.detail)
    }
}

/// What is kept of an object between two runs.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The state.
    pub state: Value,
    /// What the provider remembers.
    pub private: Vec<u8>,
    /// Which object it is, where the type has an identity.
    pub identity: Option<Value>,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The planned state; null for a deletion.
    pub state: Value,
    /// What the provider remembers until the apply.
    pub private: Vec<u8>,
    /// The attributes whose change replaces the object.
    pub requires_replace: Vec<String>,
    /// The identity, as far as it is known.
    pub identity: Option<Value>,
    /// Warnings.
    pub told: Vec<Told>,
}

/// One result of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What it is called.
    pub name: String,
    /// Which object it is.
    pub identity: Option<Value>,
    /// Its state, where that was asked for.
    pub state: Option<Value>,
}

/// A provider that runs in a process of its own.
#[derive(Debug)]
pub struct Plugin {
    client: ProviderClient<Transport>,
    process: Process,
    /// The provider block.
    pub provider: Schema,
    /// The resources.
    pub resources: BTreeMap<String, Schema>,
    /// The lists.
    pub lists: BTreeMap<String, Schema>,
    /// The identities of resources.
    pub identities: BTreeMap<String, Type>,
}

impl Plugin {
    /// Starts a provider as Terraform does, with these variables in its environment, and asks for its schemas.
    ///
    /// # Errors
    /// When it does not start, or a schema cannot be read.
    pub async fn start(program: &Path, environment: &[(&str, &str)]) -> Result<Self, PluginError> {
        let (process, transport) = Process::start(program, environment).await?;
        let origin = http::Uri::from_static("https://localhost");
        let mut client = ProviderClient::with_origin(transport, origin)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let schemas = client.get_provider_schema(wire::get_provider_schema::Request {}).await?.into_inner();
        refuse(&schemas.diagnostics)?;
        let all = |messages: &std::collections::HashMap<String, wire::Schema>| {
            messages
                .iter()
                .map(|(name, schema)| Ok((name.clone(), Schema::read(schema)?)))
                .collect::<Result<_, PluginError>>()
        };
        let (resources, lists) = (all(&schemas.resource_schemas)?, all(&schemas.list_resource_schemas)?);
        let provider = Schema::read(&schemas.provider.unwrap_or_default())?;
        let asked = wire::get_resource_identity_schemas::Request {};
        let identities = match client.get_resource_identity_schemas(asked).await {
            Ok(answer) => answer.into_inner().identity_schemas,
            // A provider without identities need not know the call.
            Err(status) if status.code() == Code::Unimplemented => std::collections::HashMap::new(),
            Err(status) => return Err(status.into()),
        };
        let identities =
            identities.iter().map(|(name, message)| Ok((name.clone(), schema::identity_type(message)?)));
        let identities = identities.collect::<Result<_, PluginError>>()?;
        Ok(Self { client, process, provider, resources, lists, identities })
    }

    /// What the process wrote to its standard error so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The schema of a resource type.
    ///
    /// # Panics
    /// When there is no such type.
    #[allow(clippy::panic, reason = "a test that names another type is wrong")]
    pub fn resource(&self, type_name: &str) -> &Schema {
        self.resources.get(type_name).unwrap_or_else(|| panic!("the provider has no {type_name}"))
    }

    /// Configures the provider; what is not in `config` is null.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn configure(&self, config: &serde_json::Value) -> Result<Vec<Told>, PluginError> {
        let config = json::from_json(config, &self.provider.ty, json::Surplus::Refuse)?;
        let config = Some(write(&config, &self.provider.ty)?);
        let checked = wire::validate_provider_config::Request { config: config.clone() };
        refuse(&self.client.clone().validate_provider_config(checked).await?.into_inner().diagnostics)?;
        let request = wire::configure_provider::Request {
            terraform_version: TERRAFORM.to_owned(),
            config,
            client_capabilities: capabilities(),
        };
        refuse(&self.client.clone().configure_provider(request).await?.into_inner().diagnostics)
    }

    /// Checks a configuration.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn validate(&self, type_name: &str, config: &Value) -> Result<Vec<Told>, PluginError> {
        let config = Some(write(config, &self.resource(type_name).ty)?);
        let type_name = type_name.to_owned();
        let request = wire::validate_resource_config::Request {
            type_name,
            config,
            client_capabilities: capabilities(),
        };
        refuse(&self.client.clone().validate_resource_config(request).await?.into_inner().diagnostics)
    }

    /// Plans the way from what is kept to a configuration, of which core proposes what it makes; null deletes.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn plan(
        &self,
        type_name: &str,
        prior: Option<&Kept>,
        proposed: &Value,
        config: &Value,
    ) -> Result<Plan, PluginError> {
        let ty = &self.resource(type_name).ty;
        let state = prior.map_or(Value::Null, |prior| prior.state.clone());
        let request = wire::plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(write(&state, ty)?),
            proposed_new_state: Some(write(proposed, ty)?),
            config: Some(write(config, ty)?),
            prior_private: prior.map(|prior| prior.private.clone()).unwrap_or_default().into(),
            client_capabilities: capabilities(),
            prior_identity: self
                .write_identity(type_name, prior.and_then(|prior| prior.identity.as_ref()))?,
            ..wire::plan_resource_change::Request::default()
        };
        let answer = self.client.clone().plan_resource_change(request).await?.into_inner();
        let told = refuse(&answer.diagnostics)?;
        Ok(Plan {
            state: read(answer.planned_state.as_ref(), ty)?,
            private: answer.planned_private.to_vec(),
            requires_replace: answer.requires_replace.iter().map(path).collect(),
            identity: self.read_identity(type_name, answer.planned_identity.as_ref())?,
            told,
        })
    }

    /// Carries out a plan; none is kept after a deletion.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn apply(
        &self,
        type_name: &str,
        prior: Option<&Kept>,
        plan: &Plan,
        config: &Value,
    ) -> Result<Option<Kept>, PluginError> {
        let ty = &self.resource(type_name).ty;
        let state = prior.map_or(Value::Null, |prior| prior.state.clone());
        let request = wire::apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(write(&state, ty)?),
            planned_state: Some(write(&plan.state, ty)?),
            config: Some(write(config, ty)?),
            planned_private: plan.private.clone().into(),
            planned_identity: self.write_identity(type_name, plan.identity.as_ref())?,
            provider_meta: None,
        };
        let answer = self.client.clone().apply_resource_change(request).await?.into_inner();
        refuse(&answer.diagnostics)?;
        self.kept(type_name, answer.new_state.as_ref(), &answer.private, answer.new_identity.as_ref())
    }

    /// Reads an object anew; none is kept where it is gone. With it, what the provider warns of.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn read(&self, type_name: &str, kept: &Kept) -> Result<(Option<Kept>, Vec<Told>), PluginError> {
        let request = wire::read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: Some(write(&kept.state, &self.resource(type_name).ty)?),
            private: kept.private.clone().into(),
            client_capabilities: capabilities(),
            current_identity: self.write_identity(type_name, kept.identity.as_ref())?,
            provider_meta: None,
        };
        let answer = self.client.clone().read_resource(request).await?.into_inner();
        let told = refuse(&answer.diagnostics)?;
        let kept =
            self.kept(type_name, answer.new_state.as_ref(), &answer.private, answer.new_identity.as_ref())?;
        Ok((kept, told))
    }

    /// Imports by id or key.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn import(&self, type_name: &str, id: &str) -> Result<Kept, PluginError> {
        self.import_as(type_name, id.to_owned(), None).await
    }

    /// Imports by identity.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn import_identity(&self, type_name: &str, identity: &Value) -> Result<Kept, PluginError> {
        let identity = self.write_identity(type_name, Some(identity))?;
        self.import_as(type_name, String::new(), identity).await
    }

    async fn import_as(
        &self,
        type_name: &str,
        id: String,
        identity: Option<wire::ResourceIdentityData>,
    ) -> Result<Kept, PluginError> {
        let type_name = type_name.to_owned();
        let request = wire::import_resource_state::Request {
            type_name: type_name.clone(),
            id,
            client_capabilities: capabilities(),
            identity,
        };
        let answer = self.client.clone().import_resource_state(request).await?.into_inner();
        refuse(&answer.diagnostics)?;
        let [imported] = answer.imported_resources.as_slice() else {
            return Err(broken(format!("{} objects were imported", answer.imported_resources.len())));
        };
        let kept =
            self.kept(&type_name, imported.state.as_ref(), &imported.private, imported.identity.as_ref())?;
        kept.ok_or_else(|| broken("nothing was imported".to_owned()))
    }

    /// Reads a stored state of a version.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn upgrade(
        &self,
        type_name: &str,
        version: i64,
        stored: &serde_json::Value,
    ) -> Result<Value, PluginError> {
        let raw =
            wire::RawState { json: stored.to_string().into_bytes().into(), ..wire::RawState::default() };
        let request = wire::upgrade_resource_state::Request {
            type_name: type_name.to_owned(),
            version,
            raw_state: Some(raw),
        };
        let answer = self.client.clone().upgrade_resource_state(request).await?.into_inner();
        refuse(&answer.diagnostics)?;
        read(answer.upgraded_state.as_ref(), &self.resource(type_name).ty)
    }

    /// Lists objects of a type, with their states.
    ///
    /// # Errors
    /// What the provider refuses.
    pub async fn list(
        &self,
        type_name: &str,
        config: &serde_json::Value,
        limit: i64,
    ) -> Result<Vec<Listed>, PluginError> {
        let schema =
            self.lists.get(type_name).ok_or_else(|| broken(format!("there is no list of {type_name}")))?;
        let config = json::from_json(config, &schema.ty, json::Surplus::Refuse)?;
        let request = wire::list_resource::Request {
            type_name: type_name.to_owned(),
            config: Some(write(&config, &schema.ty)?),
            include_resource_object: true,
            limit,
        };
        let mut events = self.client.clone().list_resource(Request::new(request)).await?.into_inner();
        let mut listed = Vec::new();
        while let Some(event) = events.message().await? {
            refuse(&event.diagnostic)?;
            let state = event.resource_object.as_ref();
            let state = state.map(|state| read(Some(state), &self.resource(type_name).ty)).transpose()?;
            let identity = self.read_identity(type_name, event.identity.as_ref())?;
            listed.push(Listed { name: event.display_name, identity, state });
        }
        Ok(listed)
    }

    fn kept(
        &self,
        type_name: &str,
        state: Option<&wire::DynamicValue>,
        private: &[u8],
        identity: Option<&wire::ResourceIdentityData>,
    ) -> Result<Option<Kept>, PluginError> {
        let state = read(state, &self.resource(type_name).ty)?;
        if state.is_null() {
            return Ok(None);
        }
        let identity = self.read_identity(type_name, identity)?;
        Ok(Some(Kept { state, private: private.to_vec(), identity }))
    }

    fn write_identity(
        &self,
        type_name: &str,
        identity: Option<&Value>,
    ) -> Result<Option<wire::ResourceIdentityData>, PluginError> {
        let Some((identity, ty)) = identity.zip(self.identities.get(type_name)) else { return Ok(None) };
        Ok(Some(wire::ResourceIdentityData { identity_data: Some(write(identity, ty)?) }))
    }

    fn read_identity(
        &self,
        type_name: &str,
        message: Option<&wire::ResourceIdentityData>,
    ) -> Result<Option<Value>, PluginError> {
        let Some((message, ty)) = message.zip(self.identities.get(type_name)) else { return Ok(None) };
        let identity = read(message.identity_data.as_ref(), ty)?;
        Ok((!identity.is_null()).then_some(identity))
    }
}

#[allow(clippy::unnecessary_wraps, reason = "the messages have an option here")]
fn capabilities() -> Option<wire::ClientCapabilities> {
    let allowed = wire::ClientCapabilities::default();
    Some(wire::ClientCapabilities { write_only_attributes_allowed: true, ..allowed })
}

fn broken(what: String) -> PluginError {
    PluginError::Broken("the answer", vec![what])
}

fn write(value: &Value, ty: &Type) -> Result<wire::DynamicValue, PluginError> {
    Ok(wire::DynamicValue { msgpack: msgpack::encode(value, ty)?.into(), ..wire::DynamicValue::default() })
}

fn read(message: Option<&wire::DynamicValue>, ty: &Type) -> Result<Value, PluginError> {
    match message {
        Some(message) if !message.msgpack.is_empty() => Ok(msgpack::decode(&message.msgpack, ty)?),
        Some(message) if !message.json.is_empty() => {
            Ok(json::decode(&message.json, ty, json::Surplus::Refuse)?)
        }
        _ => Ok(Value::Null),
    }
}

/// The warnings, or the errors where there are some.
fn refuse(messages: &[wire::Diagnostic]) -> Result<Vec<Told>, PluginError> {
    let told: Vec<Told> = messages.iter().map(told).collect();
    if told.iter().any(|told| told.is_error) { Err(PluginError::Refused(told)) } else { Ok(told) }
}

fn told(message: &wire::Diagnostic) -> Told {
    Told {
        is_error: message.severity() != wire::diagnostic::Severity::Warning,
        summary: message.summary.clone(),
        detail: message.detail.clone(),
        attribute: message.attribute.as_ref().map(path).unwrap_or_default(),
    }
}

fn path(message: &wire::AttributePath) -> String {
    use wire::attribute_path::step::Selector;
    let steps = message.steps.iter().filter_map(|step| step.selector.as_ref());
    let step = |path: tfplugin::Path, selector: &Selector| match selector {
        Selector::AttributeName(name) => path.attribute(name.as_str()),
        Selector::ElementKeyString(key) => path.key(key.as_str()),
        Selector::ElementKeyInt(index) => path.index(usize::try_from(*index).unwrap_or(usize::MAX)),
    };
    steps.fold(tfplugin::Path::root(), step).to_string()
}
