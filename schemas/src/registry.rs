//! The lists of endpoints and resources that everything else iterates.

use crate::{
    endpoint::{self, Endpoint, Scope},
    resource::{self, Computed, Resource},
};
use http::Method;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// An endpoint, as data.
#[derive(Clone, Debug)]
pub struct EndpointInfo {
    /// `<noun>.<verb>`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub scope: Scope,
    /// What it does.
    pub summary: &'static str,
    /// The status of a success that has a body.
    pub status: http::StatusCode,
    /// The JSON Schema of the query.
    pub query: fn() -> Value,
    /// The JSON Schema of the body; null for none.
    pub body: fn() -> Value,
    /// The JSON Schema of the answer; null for none.
    pub answer: fn() -> Value,
}

/// The data of an endpoint.
pub fn endpoint_info<E: Endpoint>() -> EndpointInfo {
    EndpointInfo {
        id: E::ID,
        method: E::METHOD,
        path: E::PATH,
        scope: E::SCOPE,
        summary: E::SUMMARY,
        status: E::STATUS,
        query: schema_of::<E::Query>,
        body: schema_of::<E::Body>,
        answer: schema_of::<E::Answer>,
    }
}

/// A resource, as data.
#[derive(Clone, Debug)]
pub struct ResourceInfo {
    /// The noun.
    pub noun: &'static str,
    /// The attributes of the import key.
    pub key: &'static [&'static str],
    /// The attributes that only the server gives, beside `id`.
    pub computed: &'static [Computed],
    /// What it is, for the reference.
    pub description: fn() -> String,
    /// The JSON Schema of what it is created from.
    pub spec: fn() -> Value,
    /// The JSON Schema of what may change.
    pub update: fn() -> Value,
    /// Lists the collection.
    pub list: EndpointInfo,
    /// Creates one.
    pub create: EndpointInfo,
    /// Reads one.
    pub read: EndpointInfo,
    /// Replaces the editable set.
    pub replace: EndpointInfo,
    /// Deletes one.
    pub delete: EndpointInfo,
}

impl ResourceInfo {
    /// Whether it is the one of its parent: set by `PUT` and cleared, instead of made and deleted. [`Resource`] tells
    /// the shapes apart.
    pub fn is_singleton(&self) -> bool {
        self.create.method == Method::PUT
    }
}

/// The data of a resource.
pub fn resource_info<R: Resource>() -> ResourceInfo {
    ResourceInfo {
        noun: R::NOUN,
        key: R::KEY,
        computed: R::COMPUTED,
        description: description_of::<R>,
        spec: schema_of::<R::Spec>,
        update: schema_of::<R::Update>,
        list: endpoint_info::<R::List>(),
        create: endpoint_info::<R::Create>(),
        read: endpoint_info::<R::Read>(),
        replace: endpoint_info::<R::Replace>(),
        delete: endpoint_info::<R::Delete>(),
    }
}

/// Calls a macro with every endpoint of the API. The server mounts this list, so none is without a handler.
#[macro_export]
macro_rules! for_each_endpoint {
    ($with:ident) => {
        $with! {
            access::List, access::Create, access::Read, access::Replace, access::Modify,
            access::ResendInvitation, access::Delete,
            account::Me, account::ChangePassword, account::ChangeNotify,
            batch::Run,
            client::List, client::Create, client::Read, client::Replace, client::Modify, client::Delete,
            client_defaults::List, client_defaults::Replace, client_defaults::Read, client_defaults::Modify,
            client_defaults::Delete,
            client_limits::List, client_limits::Replace, client_limits::Read, client_limits::Modify,
            client_limits::Delete,
            clients::Create,
            clock::Read, clock::Replace,
            contract::List, contract::Read, contract::Report, contract::Correct,
            default_limits::List, default_limits::Replace, default_limits::Read, default_limits::Modify,
            default_limits::Delete,
            effective_limits::Read,
            domain::List, domain::Create, domain::Read, domain::Replace, domain::Modify, domain::Delete,
            event::List,
            hypervisor::List, hypervisor::Create, hypervisor::Read, hypervisor::Replace, hypervisor::Modify,
            hypervisor::Collect, hypervisor::Delete,
            idempotency::Forget,
            invitation::Read, invitation::Accept,
            login_session::Create, login_session::List, login_session::Delete, login_session::Impersonate,
            machine::List, machine::Assign, machine::Release,
            note::List, note::Create, note::Read, note::Replace, note::Modify, note::Confirm, note::Delete,
            observation::OpenSource, observation::Create,
            partner::List, partner::Create, partner::Read, partner::Replace, partner::Modify, partner::Delete,
            payment::List, payment::Create, payment::Read,
            plan_impact::Read,
            project::List, project::Create, project::Read, project::Replace, project::Modify, project::Delete,
            promotion::List, promotion::Create, promotion::Read, promotion::Replace, promotion::Modify,
            promotion::ListGrants, promotion::Delete,
            public_key::List, public_key::Create, public_key::Read, public_key::Replace, public_key::Modify,
            public_key::Delete, public_key::ListOfAccount, public_key::AddToAccount, public_key::ReadOfAccount,
            public_key::RenameOfAccount, public_key::DeleteOfAccount,
            quote::Read,
            registration::Create, registration::Confirm,
            service::List,
            tariff_plan::List, tariff_plan::Create, tariff_plan::Read, tariff_plan::Replace, tariff_plan::Modify,
            tariff_plan::Clone, tariff_plan::ListVersions, tariff_plan::Delete,
            token::List, token::Create, token::Delete,
            transaction::List,
            user::List, user::Create, user::Read, user::Replace, user::Modify, user::ResetPassword, user::Delete,
        }
    };
}

/// Every endpoint.
pub fn endpoints() -> Vec<EndpointInfo> {
    macro_rules! infos {
        ($($noun:ident::$name:ident),* $(,)?) => {
            vec![$(endpoint_info::<endpoint::$noun::$name>()),*]
        };
    }
    for_each_endpoint!(infos)
}

/// Every resource that Terraform manages.
pub fn resources() -> Vec<ResourceInfo> {
    vec![
        resource_info::<resource::hypervisor::Hypervisor>(),
        resource_info::<resource::partner::Partner>(),
        resource_info::<resource::tariff_plan::TariffPlan>(),
        resource_info::<resource::promotion::Promotion>(),
        resource_info::<resource::client_defaults::ClientDefaults>(),
        resource_info::<resource::default_limits::DefaultLimits>(),
        resource_info::<resource::client::Client>(),
        resource_info::<resource::client_limits::ClientLimits>(),
        resource_info::<resource::project::Project>(),
        resource_info::<resource::note::Note>(),
        resource_info::<resource::domain::Domain>(),
        resource_info::<resource::user::User>(),
        resource_info::<resource::access::Access>(),
        resource_info::<resource::public_key::PublicKey>(),
    ]
}

/// The JSON Schema of a type, with everything inline.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn description_of<T: JsonSchema>() -> String {
    crate::tf::for_users(schema_of::<T>().get("description").and_then(Value::as_str).unwrap_or_default())
}

/// Lets a field's schema take null as well.
pub fn allow_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    match object.get_mut("type") {
        Some(Value::Array(types)) if !types.contains(&Value::from("null")) => types.push("null".into()),
        Some(Value::String(name)) => {
            let types = Value::from(vec![name.clone(), "null".to_owned()]);
            object.insert("type".to_owned(), types);
        }
        _ => {}
    }
    if let Some(Value::Array(values)) = object.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    if let Some(Value::Array(variants)) = object.get_mut("oneOf") {
        variants.push(serde_json::json!({ "type": "null" }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_and_routes_are_unique() {
        let all = endpoints();
        let ids: BTreeSet<_> = all.iter().map(|endpoint| endpoint.id).collect();
        let routes: BTreeSet<_> =
            all.iter().map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
        assert_eq!((ids.len(), routes.len()), (all.len(), all.len()));
    }

    #[test]
    fn a_singleton_is_set_where_it_is_replaced() {
        for resource in resources() {
            let same = resource.create.id == resource.replace.id;
            assert_eq!(resource.is_singleton(), same, "{}", resource.noun);
            let own = resource.read.path == format!("/v1/{}/{{id}}", resource.noun);
            assert_eq!(resource.is_singleton(), !own, "{}", resource.noun);
            assert_eq!(resource.list.path, format!("/v1/{}", resource.noun));
            if resource.is_singleton() {
                assert_eq!((resource.create.body)(), (resource.update)(), "{}", resource.noun);
                assert!(!resource.key.is_empty(), "{}: its parent is its key", resource.noun);
            }
        }
    }

    #[test]
    fn every_field_of_every_resource_is_described() {
        for resource in resources() {
            assert!(!(resource.description)().is_empty(), "{}", resource.noun);
            undescribed(resource.noun, &(resource.spec)());
        }
    }

    fn undescribed(path: &str, schema: &Value) {
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let described =
                field.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
            assert!(described, "{path}.{name} has no description");
            undescribed(&format!("{path}.{name}"), field);
        }
    }
}
