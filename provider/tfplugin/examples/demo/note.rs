//! The resource `demo_note`: its state was once another, and a `demo_thing` can become one.

use tfplugin::{
    ApplyError, Attribute, Change, Context, Create, Diagnostics, IdentityAttribute, IdentitySchema,
    MoveSource, Object, RawState, Resource, Schema, State, Type, async_trait,
};

use crate::store::Store;

pub(crate) struct Note;

/// Where notes are among the things.
fn file(name: &str) -> String {
    format!("note-{name}")
}

fn schema() -> Schema {
    Schema::new("A note.")
        .version(2)
        .attribute("name", Attribute::string().required().force_new().description("Its name."))
        .attribute("text", Attribute::string().description("What it says."))
        .attribute("title", Attribute::string().deprecated("Say it in the text.").description("Its title."))
        .attribute("origin", Attribute::string().computed().description("What it was before."))
}

/// What version 1 had: the text in lines.
fn schema_1() -> Type {
    Type::object([("name", Type::String), ("lines", Type::list(Type::String))])
}

#[async_trait]
impl Resource for Note {
    fn type_name(&self) -> &str {
        "demo_note"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let name = IdentityAttribute::string().required_for_import().description("Its name.");
        Some(IdentitySchema::new().version(1).attribute("name", name))
    }

    async fn upgrade(&self, _context: &Context, version: i64, old: RawState) -> Result<Object, Diagnostics> {
        let old_values = old.decode(&schema_1())?;
        let lines = old_values.elements("lines").unwrap_or_default();
        let lines: Vec<&str> = lines.iter().filter_map(|line| line.as_str()).collect();
        Ok(Object::new()
            .with("name", old_values.get("name").clone())
            .with("text", lines.join("\n"))
            .with("origin", format!("version {version}")))
    }

    async fn upgrade_identity(
        &self,
        _context: &Context,
        _version: i64,
        old: RawState,
    ) -> Result<Object, Diagnostics> {
        Ok(Object::new().with("name", old.str("called")))
    }

    async fn move_from(&self, _context: &Context, source: MoveSource) -> Result<Option<State>, Diagnostics> {
        if source.type_name != "demo_thing" {
            return Ok(None);
        }
        let note = Object::new()
            .with("name", source.state.str("name"))
            .with("text", source.state.str("content"))
            .with("origin", source.type_name.as_str());
        Ok(Some(State::new(note)))
    }

    async fn create(&self, context: &Context, create: Create) -> Result<State, ApplyError> {
        let note = create.planned.with("origin", "new");
        let name = note.require_str("name")?;
        context.data::<Store>()?.write(&file(name), &note, &schema().object_type())?;
        Ok(State::new(note))
    }

    /// What was upgraded or moved is in no file yet, and lives on in the state.
    async fn read(&self, context: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        let name = state.values.require_str("name")?;
        let found = context.data::<Store>()?.read(&file(name), &schema().object_type())?;
        Ok(Some(found.map(State::new).unwrap_or(state)))
    }

    async fn update(&self, context: &Context, change: Change) -> Result<State, ApplyError> {
        let name = change.planned.require_str("name")?;
        context.data::<Store>()?.write(&file(name), &change.planned, &schema().object_type())?;
        Ok(State::new(change.planned))
    }

    async fn delete(&self, context: &Context, state: State) -> Result<(), ApplyError> {
        Ok(context.data::<Store>()?.delete(&file(state.values.require_str("name")?))?)
    }
}
