//! What a call says.

use crate::{reference::Reference, xml::Element};
use jiff::Timestamp;
use quick_xml::escape::escape;

/// The arguments of a call, in the order that its description has them. Texts are escaped here.
#[derive(Clone, Default)]
pub struct Body(String);

#[allow(clippy::needless_pass_by_value, reason = "a body is built of its parts, which nobody else needs")]
impl Body {
    /// The arguments of a call to a managed object.
    #[must_use]
    pub fn to(object: &Reference) -> Self {
        Self::default().object("_this", object)
    }

    /// With a reference.
    #[must_use]
    pub fn object(mut self, name: &str, object: &Reference) -> Self {
        let (kind, id) = (escape(&object.kind), escape(&object.id));
        self.0.push_str(&format!("<{name} type=\"{kind}\">{id}</{name}>"));
        self
    }

    /// With a text or a number.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl ToString) -> Self {
        self.0.push_str(&format!("<{name}>{}</{name}>", escape(value.to_string())));
        self
    }

    /// With each of some texts.
    #[must_use]
    pub fn values(self, name: &str, values: &[&str]) -> Self {
        values.iter().fold(self, |body, value| body.value(name, value))
    }

    /// With an instant.
    #[must_use]
    pub fn time(self, name: &str, at: Timestamp) -> Self {
        self.value(name, at)
    }

    /// With what is made of others.
    #[must_use]
    pub fn group(mut self, name: &str, inside: Body) -> Self {
        self.0.push_str(&format!("<{name}>{}</{name}>", inside.0));
        self
    }

    /// With what is made of others, where its type must be told.
    #[must_use]
    pub fn typed(mut self, name: &str, kind: &str, inside: Body) -> Self {
        self.0.push_str(&format!("<{name} xsi:type=\"{kind}\">{}</{name}>", inside.0));
        self
    }

    /// With a text whose type must be told, as that of an option's value.
    #[must_use]
    pub fn typed_text(mut self, name: &str, value: &str) -> Self {
        self.0.push_str(&format!("<{name} xsi:type=\"xsd:string\">{}</{name}>", escape(value)));
        self
    }

    /// With an element as it was told, under a name.
    #[must_use]
    pub fn element(mut self, name: &str, element: &Element) -> Self {
        write(&mut self.0, name, element);
        self
    }

    /// With what another one has.
    #[must_use]
    pub fn and(mut self, other: Body) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The whole message of a call.
    pub(crate) fn envelope(&self, call: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
             <soapenv:Body><{call} xmlns=\"urn:vim25\">{}</{call}></soapenv:Body></soapenv:Envelope>",
            self.0
        )
    }
}

/// Writes an element. As deep as it was read it is written: that is bounded.
fn write(to: &mut String, name: &str, element: &Element) {
    let name = escape(name);
    to.push_str(&format!("<{name}"));
    for (attribute, value) in [("type", &element.object), ("xsi:type", &element.kind)] {
        if let Some(value) = value {
            to.push_str(&format!(" {attribute}=\"{}\"", escape(&**value)));
        }
    }
    to.push_str(&format!(">{}", escape(&element.text)));
    element.children.iter().for_each(|child| write(to, &child.name, child));
    to.push_str(&format!("</{name}>"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_place() {
        let body = Body::to(&Reference::new("Vm\"", "<1>")).value("name", "</name>&").typed_text("v", "<");
        let expected = "<_this type=\"Vm&quot;\">&lt;1&gt;</_this><name>&lt;/name&gt;&amp;</name>\
                        <v xsi:type=\"xsd:string\">&lt;</v>";
        assert_eq!(body.0, expected);
        assert!(body.envelope("Call").contains("<Call xmlns=\"urn:vim25\"><_this"));
    }
}
