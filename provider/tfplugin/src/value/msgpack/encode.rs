use rmp::encode as write;

use super::{REFINED_UNKNOWN, UNKNOWN};
use crate::value::{Dynamic, MAX_DEPTH, Number, Object, Step, Type, Unknown, Value, ValueError};

/// Writes a value of a type.
///
/// # Errors
/// The value is not of the type, with the path of the part that is not.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, ValueError> {
    let mut encoder = Encoder { out: Vec::new() };
    encoder.value(value, ty, 0)?;
    Ok(encoder.out)
}

struct Encoder {
    out: Vec<u8>,
}

impl Encoder {
    fn value(&mut self, value: &Value, ty: &Type, depth: usize) -> Result<(), ValueError> {
        if depth > MAX_DEPTH {
            return Err(ValueError::new("the value nests too deep"));
        }
        match (value, ty) {
            (Value::Null, _) => write::write_nil(&mut self.out).map_err(too_long),
            (Value::Unknown(unknown), _) => self.unknown(unknown),
            (Value::Bool(truth), Type::Bool) => write::write_bool(&mut self.out, *truth).map_err(too_long),
            (Value::Number(number), Type::Number) => self.number(number),
            (Value::String(text), Type::String) => self.text(text),
            (Value::List(elements), Type::List(element)) | (Value::Set(elements), Type::Set(element)) => {
                self.array_length(elements.len())?;
                self.elements(elements.iter().map(|value| (value, &**element)), depth)
            }
            (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
                self.array_length(elements.len())?;
                self.elements(elements.iter().zip(types), depth)
            }
            (Value::Map(elements), Type::Map(element)) => {
                self.map_length(elements.len())?;
                for (key, value) in elements {
                    self.text(key)?;
                    self.value(value, element, depth + 1)
                        .map_err(|error| error.within(Step::Key(key.clone())))?;
                }
                Ok(())
            }
            (Value::Object(object), Type::Object(types)) => self.object(object, types, depth),
            (Value::Dynamic(dynamic), Type::Dynamic) => self.dynamic(dynamic, depth),
            _ => Err(ValueError::new(format!("a value of type {ty} is needed, this is {}", value.kind()))),
        }
    }

    fn elements<'a>(
        &mut self,
        elements: impl Iterator<Item = (&'a Value, &'a Type)>,
        depth: usize,
    ) -> Result<(), ValueError> {
        for (index, (value, ty)) in elements.enumerate() {
            self.value(value, ty, depth + 1).map_err(|error| error.within(Step::Index(index)))?;
        }
        Ok(())
    }

    fn object(
        &mut self,
        object: &Object,
        types: &std::collections::BTreeMap<String, Type>,
        depth: usize,
    ) -> Result<(), ValueError> {
        if let Some((name, _)) = object.iter().find(|(name, _)| !types.contains_key(*name)) {
            return Err(ValueError::new("there is no such attribute").within(Step::Attribute(name.clone())));
        }
        self.map_length(types.len())?;
        for (name, ty) in types {
            self.text(name)?;
            self.value(object.get(name), ty, depth + 1)
                .map_err(|error| error.within(Step::Attribute(name.clone())))?;
        }
        Ok(())
    }

    fn dynamic(&mut self, dynamic: &Dynamic, depth: usize) -> Result<(), ValueError> {
        if dynamic.ty == Type::Dynamic {
            return Err(ValueError::new("a dynamic value carries a type of its own"));
        }
        self.array_length(2)?;
        let ty = dynamic.ty.to_json().to_string();
        write::write_bin(&mut self.out, ty.as_bytes()).map_err(too_long)?;
        self.value(&dynamic.value, &dynamic.ty, depth + 1)
    }

    /// An `i64` where it fits, a float where it is exact, else the decimal text: all that the host reads exactly.
    fn number(&mut self, number: &Number) -> Result<(), ValueError> {
        if let Some(integer) = number.to_i64() {
            return write::write_sint(&mut self.out, integer).map(|_| ()).map_err(too_long);
        }
        match number.to_f64_exact() {
            Some(float) => write::write_f64(&mut self.out, float).map_err(too_long),
            None => self.text(&number.to_string()),
        }
    }

    fn unknown(&mut self, unknown: &Unknown) -> Result<(), ValueError> {
        let (kind, payload): (i8, &[u8]) = match &unknown.refinements {
            None => (UNKNOWN, &[0]),
            Some(refinements) => (REFINED_UNKNOWN, refinements),
        };
        write::write_ext_meta(&mut self.out, length(payload.len())?, kind).map_err(too_long)?;
        self.out.extend_from_slice(payload);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ValueError> {
        length(text.len())?;
        write::write_str(&mut self.out, text).map_err(too_long)
    }

    fn array_length(&mut self, count: usize) -> Result<(), ValueError> {
        write::write_array_len(&mut self.out, length(count)?).map(|_| ()).map_err(too_long)
    }

    fn map_length(&mut self, count: usize) -> Result<(), ValueError> {
        write::write_map_len(&mut self.out, length(count)?).map(|_| ()).map_err(too_long)
    }
}

fn length(count: usize) -> Result<u32, ValueError> {
    u32::try_from(count).map_err(|_| ValueError::new("the value is too long for the wire"))
}

/// A vector takes whatever is written to it; the encoder's errors only have this one meaning left.
fn too_long<E>(_: E) -> ValueError {
    ValueError::new("the value is too long for the wire")
}
