//! Properties of managed objects, page by page.

use crate::{
    body::Body,
    error::Error,
    reference::Reference,
    session::{Session, Total, number},
    xml::{Element, Malformed},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;

/// Objects on a page, as far as the other side heeds it.
const PAGE: usize = 500;

/// Objects that are asked for by their names at once.
const NAMED: usize = 200;

/// Pages that are followed: far more than an endpoint has machines.
const PAGES: usize = 10_000;

/// Objects that are read at most: more than any endpoint may have.
const OBJECTS: usize = 100_000;

/// Bytes of all pages together.
const BYTES: usize = 256 << 20;

/// All objects of one type that an endpoint has; it follows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub(crate) of: Reference,
    pub(crate) kind: &'static str,
}

/// What was asked for of one object.
#[derive(Clone, Debug)]
pub struct Object {
    /// The object.
    pub reference: Reference,
    /// The values of the properties that it has, by their paths.
    pub values: BTreeMap<String, Element>,
    /// The properties that could not be read, with the types of the faults.
    pub missing: Vec<(String, String)>,
}

impl Object {
    /// The text of a property; none where the object has none.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.values.get(path).map(|value| value.text.as_str())
    }

    /// The number in a property; none where the object has none.
    ///
    /// # Errors
    /// When it is no number of this range.
    pub fn number<T: std::str::FromStr>(&self, path: &str) -> Result<Option<T>, Malformed> {
        self.values.get(path).map(number).transpose()
    }

    /// Reads an object with its properties.
    ///
    /// # Errors
    /// When the element is none.
    pub fn read(element: &Element) -> Result<Self, Malformed> {
        let reference = Reference::read(element.needed("obj")?)?;
        let mut values = BTreeMap::new();
        for property in element.all("propSet") {
            let name = property.needed("name")?.text.clone();
            values.insert(name, property.child("val").cloned().unwrap_or_default());
        }
        let missing = element.all("missingSet").map(|missing| {
            let fault = missing.child("fault").and_then(|fault| fault.child("fault"));
            let kind = fault.and_then(|fault| fault.kind.as_deref()).unwrap_or("no reason");
            (missing.text_of("path").unwrap_or_default().to_owned(), kind.to_owned())
        });
        Ok(Self { reference, missing: missing.collect(), values })
    }
}

impl Session {
    /// A view of all objects of a type.
    ///
    /// # Errors
    /// When the endpoint does not make one in time.
    pub async fn view(&self, kind: &'static str, deadline: Duration) -> Result<View, Error> {
        let body = Body::to(self.object("viewManager")?)
            .object("container", self.object("rootFolder")?)
            .value("type", kind)
            .value("recursive", true);
        let of = self.made("CreateContainerView", body, deadline).await?;
        Ok(View { of, kind })
    }

    /// The properties of all objects of a view: complete, or an error. Each object goes through `keep` as it comes, so
    /// that no more than a page is held; objects of which it makes nothing are left out.
    ///
    /// # Errors
    /// When not all pages come within `deadline`, or they make no sense.
    pub async fn of_view<T>(
        &self,
        view: &View,
        paths: &[&str],
        keep: impl FnMut(Object) -> Option<T>,
        deadline: Duration,
    ) -> Result<Vec<T>, Error> {
        self.retrieve(specification(view, paths), keep, deadline).await
    }

    /// The properties of some objects, of one type. Those that are gone are left out.
    ///
    /// # Errors
    /// As [`Session::of_view`].
    pub async fn of_objects<T>(
        &self,
        objects: &[Reference],
        paths: &[&str],
        mut keep: impl FnMut(Object) -> Option<T>,
        deadline: Duration,
    ) -> Result<Vec<T>, Error> {
        let mut kept = Vec::with_capacity(objects.len());
        for some in objects.chunks(NAMED) {
            match self.retrieve(named(some, paths), &mut keep, deadline).await {
                Ok(more) => kept.extend(more),
                // One that is gone spoils the others.
                Err(error) if error.is_gone() && some.len() > 1 => {
                    for one in some {
                        match self
                            .retrieve(named(std::slice::from_ref(one), paths), &mut keep, deadline)
                            .await
                        {
                            Err(error) if error.is_gone() => {}
                            other => kept.extend(other?),
                        }
                    }
                }
                Err(error) if error.is_gone() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(kept)
    }

    async fn retrieve<T>(
        &self,
        specification: Body,
        mut keep: impl FnMut(Object) -> Option<T>,
        deadline: Duration,
    ) -> Result<Vec<T>, Error> {
        let collector = self.object("propertyCollector")?;
        let mut kept = Vec::new();
        let body = Body::to(collector)
            .group("specSet", specification)
            .group("options", Body::default().value("maxObjects", PAGE));
        let all = async {
            let mut call = "RetrievePropertiesEx";
            let (mut total, mut objects) = (Total::up_to(BYTES), 0_usize);
            let mut answer = self.call_part(call, body, &mut total, deadline).await?;
            for _ in 0..PAGES {
                // Without anything to be told there is no result at all.
                let Some(page) = answer.child("returnval") else { return Ok(kept) };
                for element in page.all("objects") {
                    objects += 1;
                    if objects > OBJECTS {
                        let too_much = Malformed::TooMuch { what: "objects", limit: OBJECTS };
                        return Err(self.transport.malformed(call, too_much));
                    }
                    kept.extend(keep(self.read(call, || Object::read(element))?));
                }
                let Some(token) = page.text_of("token").filter(|token| !token.is_empty()) else {
                    return Ok(kept);
                };
                call = "ContinueRetrievePropertiesEx";
                let next = Body::to(collector).value("token", token);
                answer = self.call_part(call, next, &mut total, deadline).await?;
            }
            self.read(call, || Err(Malformed::TooMuch { what: "pages", limit: PAGES }))
        };
        let late = |_| self.transport.late("RetrievePropertiesEx", deadline);
        timeout(deadline, all).await.map_err(late)?
    }
}

/// What is asked for of the objects of a view.
pub(crate) fn specification(view: &View, paths: &[&str]) -> Body {
    let traversal = Body::default().value("type", "ContainerView").value("path", "view").value("skip", false);
    let objects = Body::default().object("obj", &view.of).value("skip", true).typed(
        "selectSet",
        "TraversalSpec",
        traversal,
    );
    Body::default().group("propSet", properties(view.kind, paths)).group("objectSet", objects)
}

/// What is asked for of some objects.
fn named(objects: &[Reference], paths: &[&str]) -> Body {
    let kind = objects.first().map_or("ManagedEntity", |object| &object.kind);
    let body = Body::default().group("propSet", properties(kind, paths));
    objects.iter().fold(body, |body, object| body.group("objectSet", Body::default().object("obj", object)))
}

fn properties(kind: &str, paths: &[&str]) -> Body {
    Body::default().value("type", kind).values("pathSet", paths)
}
