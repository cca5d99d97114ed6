//! The resource `demo_thing`.

use tfplugin::{
    Action, ApplyError, Attribute, Change, Context, Create, Diagnostic, Diagnostics, IdentityAttribute,
    IdentitySchema, ImportBy, Nesting, Object, Plan, Resource, Schema, State, Type, Value, async_trait,
    validator,
};

use crate::store::Store;

pub(crate) struct Thing;

pub(crate) fn schema() -> Schema {
    let service = [
        (
            "price",
            Attribute::number()
                .required()
                .validate(validator::at_least(0))
                .validate(validator::max_decimal_places(4))
                .description("Price."),
        ),
        (
            "period",
            Attribute::string()
                .default("month")
                .validate(validator::one_of(["day", "month"]))
                .description("Billing period."),
        ),
        ("code", Attribute::string().computed().description("Made by the store.")),
    ];
    Schema::new("A thing.")
        .attribute("id", Attribute::string().computed().description("The same as the name."))
        .attribute(
            "name",
            Attribute::string()
                .required()
                .force_new()
                .validate(validator::length(1..=40))
                .description("The name; another one is another thing."),
        )
        .attribute("owner", Attribute::string().immutable().description("Never changes."))
        .attribute("mail", Attribute::string().semantic(same_mail).description("In any case of letters."))
        .attribute("size", Attribute::number().default(1).description("How big."))
        .attribute("secret", Attribute::string().sensitive().description("Not shown."))
        .attribute("password", Attribute::string().write_only().description("Not kept."))
        .attribute("password_length", Attribute::number().computed().volatile().description("All of it."))
        .attribute("tags", Attribute::set(Type::String).description("Some words."))
        .attribute("services", Attribute::nested(Nesting::Map, service).description("What it offers."))
        .attribute("anything", Attribute::of(Type::Dynamic).description("Of any type."))
        .attribute("content", Attribute::string().description("As long as it gets."))
        .attribute("revision", Attribute::number().computed().volatile().description("Counts changes."))
        .attribute("protected", Attribute::bool().default(false).description("Refuses deletion."))
}

fn same_mail(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        _ => false,
    }
}

/// What the store makes of a thing: it fills in everything that is still unknown.
fn complete(mut thing: Object, config: &Object, revision: i64) -> Object {
    let name = thing.str("name").unwrap_or_default().to_owned();
    let length = config.str("password").map(|password| password.len() as u64);
    thing.set("id", name);
    thing.set("revision", revision);
    thing.set("password_length", length);
    if let Some(mail) = thing.str("mail").map(str::to_lowercase) {
        thing.set("mail", mail);
    }
    if let Some(Value::Map(services)) = thing.get_mut("services") {
        for (key, service) in services {
            if let Value::Object(service) = service
                && service.get("code").is_unknown()
            {
                service.set("code", format!("code-{key}"));
            }
        }
    }
    thing
}

#[async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &str {
        "demo_thing"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let name = IdentityAttribute::string().required_for_import().description("Its name.");
        Some(IdentitySchema::new().attribute("name", name))
    }

    async fn validate(&self, _context: &Context, config: &Object) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if config.str("owner").is_some() && config.str("owner") == config.str("name") {
            diagnostics.error("owner", "Nobody owns himself", "owner and name must differ.");
        }
        diagnostics
    }

    async fn modify_plan(&self, _context: &Context, plan: &mut Plan) -> Diagnostics {
        let protected = plan.prior.as_ref().and_then(|prior| prior.bool("protected")) == Some(true);
        if protected && plan.deletes() {
            let detail = "Set protected to false and apply before you delete it.";
            return Diagnostic::error("The thing is protected").detail(detail).at("protected").into();
        }
        if plan.action() == Action::Create
            && let Some(name) = plan.config.str("name").map(str::to_owned)
        {
            plan.set("id", name);
        }
        Diagnostics::new()
    }

    async fn create(&self, context: &Context, create: Create) -> Result<State, ApplyError> {
        let store = context.data::<Store>()?;
        let name = create.planned.require_str("name")?.to_owned();
        assert!(name != "panic", "the thing {name:?} cannot be");
        let thing = complete(create.planned, &create.config, 1);
        store.write(&name, &thing, &schema().object_type())?;
        let state = State::new(thing).with_private(create.private);
        if name == "halfway" {
            let failed = Diagnostic::error("Created only halfway").detail("The rest is missing.");
            return Err(ApplyError::with_state(failed, state));
        }
        Ok(state)
    }

    async fn read(&self, context: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        let store = context.data::<Store>()?;
        let thing = store.read(state.values.require_str("id")?, &schema().object_type())?;
        Ok(thing.map(|thing| State::new(thing).with_private(state.private)))
    }

    async fn update(&self, context: &Context, change: Change) -> Result<State, ApplyError> {
        let store = context.data::<Store>()?;
        let mut private = change.private;
        let revision = change.prior.integer("revision").unwrap_or(0) + 1;
        private.set("updates", private.get("updates").and_then(|count| count.as_i64()).unwrap_or(0) + 1);
        let thing = complete(change.planned, &change.config, revision);
        store.write(thing.require_str("name")?, &thing, &schema().object_type())?;
        Ok(State::new(thing).with_private(private))
    }

    async fn delete(&self, context: &Context, state: State) -> Result<(), ApplyError> {
        let store = context.data::<Store>()?;
        if let Some(updates) = state.private.get("updates") {
            context
                .warn(Diagnostic::warning("A changed thing is gone").detail(format!("{updates} updates.")));
        }
        Ok(store.delete(state.values.require_str("id")?)?)
    }

    async fn import(&self, context: &Context, by: ImportBy) -> Result<State, Diagnostics> {
        let name = match by {
            ImportBy::Id(id) => id,
            ImportBy::Identity(identity) => identity.require_str("name")?.to_owned(),
        };
        let store = context.data::<Store>()?;
        match store.read(&name, &schema().object_type())? {
            Some(_) => Ok(State::new(Object::new().with("id", name))),
            None => Err(Diagnostic::error("No such thing").detail(format!("There is no {name:?}.")).into()),
        }
    }
}
