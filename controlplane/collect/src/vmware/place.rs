//! Where a new machine goes.

use std::time::Duration;
use vsphere_soap::{Error, Object, Reference, Session};

/// A datastore, and the folder and the resource pool of machines that use it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) datastore: String,
    pub(super) folder: Reference,
    pub(super) pool: Reference,
}

impl Place {
    /// The place of machines in a datastore; in the first one where none is named.
    pub(super) async fn find(
        soap: &Session,
        datastore: Option<&str>,
        deadline: Duration,
    ) -> Result<Self, super::apply::Refusal> {
        let missing = |what: &str| super::apply::Refusal::Failed(format!("there is no {what}"));
        let all = objects(soap, "Datastore", &["name"], deadline).await?;
        let named = |object: &&Object| datastore.is_none_or(|name| object.text("name") == Some(name));
        let chosen = all.iter().find(named);
        let chosen =
            chosen.ok_or_else(|| missing(&format!("datastore \"{}\"", datastore.unwrap_or_default())))?;
        let of = |object: &Object, path: &str| {
            let uses = object
                .values
                .get("datastore")
                .is_some_and(|list| list.children.iter().any(|one| one.text == chosen.reference.id));
            uses.then(|| object.values.get(path).and_then(|value| Reference::read(value).ok())).flatten()
        };
        let computes = objects(soap, "ComputeResource", &["resourcePool", "datastore"], deadline).await?;
        let pool = computes.iter().find_map(|object| of(object, "resourcePool"));
        let centres = objects(soap, "Datacenter", &["vmFolder", "datastore"], deadline).await?;
        let folder = centres.iter().find_map(|object| of(object, "vmFolder"));
        Ok(Self {
            datastore: chosen.text("name").unwrap_or_default().to_owned(),
            folder: folder.ok_or_else(|| missing("folder of machines that use the datastore"))?,
            pool: pool.ok_or_else(|| missing("host that uses the datastore"))?,
        })
    }
}

async fn objects(
    soap: &Session,
    kind: &'static str,
    paths: &[&str],
    deadline: Duration,
) -> Result<Vec<Object>, Error> {
    let view = soap.view(kind, deadline).await?;
    soap.of_view(&view, paths, Some, deadline).await
}
