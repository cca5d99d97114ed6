use std::collections::BTreeMap;

use rmp::{Marker, decode as read};

use super::{REFINED_UNKNOWN, UNKNOWN};
use crate::value::{MAX_DEPTH, MAX_VALUES, Number, Object, Step, Type, Unknown, Value, ValueError};

/// Reads a value of a type. Hostile input costs at most [`MAX_VALUES`] values and [`MAX_DEPTH`] levels.
///
/// # Errors
/// The bytes are not a value of the type, with the path of the part that is not.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, ValueError> {
    let mut decoder = Decoder::new(bytes);
    let value = decoder.value(ty, 0)?;
    if decoder.rest.is_empty() { Ok(value) } else { Err(ValueError::new("bytes follow the value")) }
}

pub(super) struct Decoder<'a> {
    pub(super) rest: &'a [u8],
    values: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, values: 0 }
    }

    pub(super) fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, ValueError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(ValueError::new("the message holds too many values"));
        }
        if depth > MAX_DEPTH {
            return Err(ValueError::new("the value nests too deep"));
        }
        match self.peek()? {
            Marker::Null => {
                self.rest = &self.rest[1..];
                return Ok(Value::Null);
            }
            marker if is_extension(marker) => return self.unknown(),
            _ => {}
        }
        match ty {
            Type::Bool => read::read_bool(&mut self.rest).map(Value::Bool).map_err(|_| mismatch(ty)),
            Type::Number => self.number().map(Value::Number),
            Type::String => self.text().map(|text| Value::String(text.to_owned())),
            Type::Dynamic => self.dynamic(depth),
            Type::List(element) => self.elements(element, ty, depth).map(Value::List),
            Type::Set(element) => self.elements(element, ty, depth).map(Value::Set),
            Type::Map(element) => self.map(element, ty, depth).map(Value::Map),
            Type::Object(types) => self.object(types, ty, depth).map(Value::Object),
            Type::Tuple(types) => self.tuple(types, ty, depth).map(Value::List),
        }
    }

    fn peek(&self) -> Result<Marker, ValueError> {
        self.rest.first().map(|byte| Marker::from_u8(*byte)).ok_or_else(truncated)
    }

    fn take(&mut self, count: u32) -> Result<&'a [u8], ValueError> {
        let count = usize::try_from(count).map_err(|_| truncated())?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Every element takes a byte at least, so a count beyond the rest is a lie.
    fn checked_count(&self, count: u32) -> Result<usize, ValueError> {
        usize::try_from(count).ok().filter(|count| *count <= self.rest.len()).ok_or_else(truncated)
    }

    fn array_length(&mut self, ty: &Type) -> Result<usize, ValueError> {
        let count = read::read_array_len(&mut self.rest).map_err(|_| mismatch(ty))?;
        self.checked_count(count)
    }

    fn map_length(&mut self, ty: &Type) -> Result<usize, ValueError> {
        let count = read::read_map_len(&mut self.rest).map_err(|_| mismatch(ty))?;
        self.checked_count(count)
    }

    fn elements(&mut self, element: &Type, ty: &Type, depth: usize) -> Result<Vec<Value>, ValueError> {
        let count = self.array_length(ty)?;
        let one = |index| self.value(element, depth + 1).map_err(|error| error.within(Step::Index(index)));
        (0..count).map(one).collect()
    }

    fn tuple(&mut self, types: &[Type], ty: &Type, depth: usize) -> Result<Vec<Value>, ValueError> {
        if self.array_length(ty)? != types.len() {
            return Err(ValueError::new(format!("the tuple needs {} elements", types.len())));
        }
        let one = |(index, ty)| self.value(ty, depth + 1).map_err(|error| error.within(Step::Index(index)));
        types.iter().enumerate().map(one).collect()
    }

    fn map(
        &mut self,
        element: &Type,
        ty: &Type,
        depth: usize,
    ) -> Result<BTreeMap<String, Value>, ValueError> {
        let mut elements = BTreeMap::new();
        for _ in 0..self.map_length(ty)? {
            let key = self.text()?.to_owned();
            let value =
                self.value(element, depth + 1).map_err(|error| error.within(Step::Key(key.clone())))?;
            elements.insert(key, value);
        }
        Ok(elements)
    }

    fn object(
        &mut self,
        types: &BTreeMap<String, Type>,
        ty: &Type,
        depth: usize,
    ) -> Result<Object, ValueError> {
        let mut object = Object::new();
        for _ in 0..self.map_length(ty)? {
            let name = self.text()?.to_owned();
            let within = |error: ValueError| error.within(Step::Attribute(name.clone()));
            let ty = types.get(&name).ok_or_else(|| within(ValueError::new("there is no such attribute")))?;
            let value = self.value(ty, depth + 1).map_err(within)?;
            object.set(name, value);
        }
        match types.keys().find(|name| !object.as_map().contains_key(*name)) {
            None => Ok(object),
            Some(name) => {
                Err(ValueError::new("the attribute is missing").within(Step::Attribute(name.clone())))
            }
        }
    }

    fn dynamic(&mut self, depth: usize) -> Result<Value, ValueError> {
        if self.array_length(&Type::Dynamic)? != 2 {
            return Err(mismatch(&Type::Dynamic));
        }
        let length = read::read_bin_len(&mut self.rest).map_err(|_| mismatch(&Type::Dynamic))?;
        let json = serde_json::from_slice(self.take(length)?)
            .map_err(|_| ValueError::new("the type of the dynamic value is not JSON"))?;
        let ty = Type::from_json(&json)?;
        if ty == Type::Dynamic {
            return Err(ValueError::new("a dynamic value carries a type of its own"));
        }
        let value = self.value(&ty, depth + 1)?;
        Ok(Value::dynamic(ty, value))
    }

    fn text(&mut self) -> Result<&'a str, ValueError> {
        let length = read::read_str_len(&mut self.rest).map_err(|_| mismatch(&Type::String))?;
        std::str::from_utf8(self.take(length)?).map_err(|_| ValueError::new("the text is not UTF-8"))
    }

    fn number(&mut self) -> Result<Number, ValueError> {
        let wrong = |error| ValueError::new(format!("{error}"));
        match self.peek()? {
            Marker::F32 => {
                let float = read::read_f32(&mut self.rest).map_err(|_| truncated())?;
                Number::from_f64_exact(float.into()).map_err(wrong)
            }
            Marker::F64 => {
                let float = read::read_f64(&mut self.rest).map_err(|_| truncated())?;
                Number::from_f64_exact(float).map_err(wrong)
            }
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                self.text()?.parse().map_err(wrong)
            }
            Marker::U64 => read::read_u64(&mut self.rest).map(Number::from).map_err(|_| truncated()),
            _ => read::read_int::<i64, _>(&mut self.rest)
                .map(Number::from)
                .map_err(|_| mismatch(&Type::Number)),
        }
    }

    fn unknown(&mut self) -> Result<Value, ValueError> {
        let meta = read::read_ext_meta(&mut self.rest).map_err(|_| truncated())?;
        let payload = self.take(meta.size)?;
        match meta.typeid {
            UNKNOWN => Ok(Value::UNKNOWN),
            REFINED_UNKNOWN => Ok(Value::Unknown(Unknown { refinements: Some(payload.to_vec()) })),
            other => Err(ValueError::new(format!("extension type {other} is not known"))),
        }
    }
}

fn is_extension(marker: Marker) -> bool {
    matches!(
        marker,
        Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32
    )
}

fn truncated() -> ValueError {
    ValueError::new("the message ends too early")
}

fn mismatch(ty: &Type) -> ValueError {
    ValueError::new(format!("a value of type {ty} is needed"))
}
