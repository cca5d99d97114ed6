//! The two forms that clients are written in: a map, of which a state has every attribute, and a table, of which it has
//! the text alone. Terraform's time grows with the values that it sees, and a text is one.

use super::{CLIENTS, Clients, Elements, told};
use crate::{
    adapter::timeouts,
    table::{self, Held, columns},
};
use serde_json::{Map, Value as Json};
use tfplugin::{Diagnostics, Object, Path, Private, State, Value};

/// The attribute that holds the clients as a table.
pub(super) const TABLE: &str = "table";

/// Under which name the ids of a table's clients are remembered, by code.
const IDS: &str = "ids";

/// In which form clients are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As a map by code.
    Map,
    /// As a table in CSV.
    Table,
}

impl Form {
    /// The form of some values.
    pub(super) fn of(values: &Object) -> Self {
        if values.get(TABLE).is_null() { Self::Map } else { Self::Table }
    }

    /// The attribute that holds them all.
    pub(super) fn whole(self) -> Path {
        Path::root().attribute(match self {
            Self::Map => CLIENTS,
            Self::Table => TABLE,
        })
    }

    /// The place of a client.
    pub(super) fn place(self, code: &str) -> Path {
        match self {
            Self::Map => self.whole().key(code),
            Self::Table => self.whole(),
        }
    }

    /// The place of an attribute of a client.
    pub(super) fn attribute(self, code: &str, name: &str) -> Path {
        match self {
            Self::Map => self.place(code).attribute(name),
            Self::Table => self.whole(),
        }
    }
}

impl Clients {
    /// The planned or stored clients of some values; none where they are not known yet. Those of a table have what a
    /// table says, and the ids that are remembered of them.
    ///
    /// # Errors
    /// What is wrong with a table.
    pub(super) fn clients_of(
        &self,
        values: &Object,
        private: &Private,
    ) -> Result<Option<Elements>, Diagnostics> {
        let text = match (values.get(TABLE), values.get(CLIENTS)) {
            (Value::Null, Value::Map(clients)) => return Ok(Some(clients.clone())),
            (Value::Null, Value::Unknown(_)) | (Value::Unknown(_), _) => return Ok(None),
            (Value::String(text), _) => text,
            _ => return Ok(Some(Elements::new())),
        };
        let mut clients = table::read_whole(text, &columns()).map_err(|faults| told::no_table(&faults))?;
        let ids = private.get(IDS).and_then(Json::as_object);
        for (code, client) in &mut clients {
            let Value::Object(client) = client else { continue };
            let id = ids.and_then(|ids| ids.get(code)).and_then(Json::as_str);
            client.set("id", id.map_or(Value::UNKNOWN, Value::from));
            for attribute in self.elements().iter().filter(|one| one.computed) {
                if client.get(&attribute.name).is_null() {
                    client.set(&attribute.name, Value::UNKNOWN);
                }
            }
        }
        Ok(Some(clients))
    }

    /// A state with these clients, in the form of the base.
    ///
    /// # Errors
    /// What is wrong with the base's table.
    pub(super) fn state(
        &self,
        base: &Object,
        clients: Elements,
        mut private: Private,
    ) -> Result<State, Diagnostics> {
        let mut values = Object::new();
        for name in ["id", "partner", timeouts::NAME] {
            values.set(name, base.get(name).clone());
        }
        private.remove(IDS);
        match base.str(TABLE) {
            None => values.set(CLIENTS, clients),
            Some(text) => {
                let said = self.clients_of(base, &private)?.unwrap_or_default();
                let held = Held { attributes: &columns(), said: &said, now: &clients }.table(text);
                values.set(TABLE, held);
                private.set(IDS, ids(&clients));
            }
        }
        Ok(State { values, private })
    }
}

fn ids(clients: &Elements) -> Map<String, Json> {
    let id = |client: &Value| client.as_object().and_then(|client| client.str("id")).map(Json::from);
    clients.iter().filter_map(|(code, client)| Some((code.clone(), id(client)?))).collect()
}

/// Takes what a table leaves to the server from what is known of the same clients.
pub(super) fn complete(clients: &mut Elements, known: &Elements) {
    for (code, client) in clients {
        let (Value::Object(client), Some(known)) = (client, known.get(code).and_then(Value::as_object))
        else {
            continue;
        };
        let open: Vec<String> =
            client.iter().filter(|(_, value)| value.is_unknown()).map(|(name, _)| name.clone()).collect();
        for name in open {
            client.set(&name, known.get(&name).clone());
        }
    }
}
