//! XDR (RFC 4506): four-byte units, big-endian, lengths before contents.

use uuid::Uuid;

/// The protocol's own limit of a text, in bytes.
const TEXT_MAX_BYTES: usize = 4 << 20;
/// What a value of any kind takes at least.
const UNIT_BYTES: usize = 4;

/// Why bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end before the value does.
    #[error("{wanted} bytes are wanted and {left} are left")]
    Short {
        /// How many bytes the value has.
        wanted: usize,
        /// How many there are.
        left: usize,
    },
    /// A text or a list is longer than the protocol allows.
    #[error("a length of {length}, where at most {limit} is allowed")]
    TooLong {
        /// The length that was said.
        length: usize,
        /// The longest allowed.
        limit: usize,
    },
    /// A text that is not UTF-8.
    #[error("a text that is not UTF-8")]
    NotText,
    /// A number with no meaning in its place.
    #[error("{value} where no such {what} exists")]
    Unknown {
        /// What the number stands for.
        what: &'static str,
        /// The number.
        value: i64,
    },
}

/// Writes values one after the other.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    #[must_use]
    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    #[must_use]
    pub(crate) fn u64(mut self, value: u64) -> Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    #[must_use]
    pub(crate) fn i32(mut self, value: i32) -> Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    #[must_use]
    pub(crate) fn uuid(mut self, value: Uuid) -> Self {
        self.bytes.extend(value.as_bytes());
        self
    }

    /// A text; what is beyond the protocol's limit is cut, and the daemon then finds no such thing.
    #[must_use]
    pub(crate) fn text(mut self, value: &str) -> Self {
        let bytes = value.as_bytes();
        let bytes = &bytes[..bytes.len().min(TEXT_MAX_BYTES)];
        self = self.u32(u32::try_from(bytes.len()).unwrap_or_default());
        self.bytes.extend(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(UNIT_BYTES), 0);
        self
    }

    #[must_use]
    pub(crate) fn optional_text(self, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.u32(1).text(value),
            None => self.u32(0),
        }
    }
}

/// Reads values one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let short = DecodeError::Short { wanted: count, left: self.rest.len() };
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn i32(&mut self) -> Result<i32, DecodeError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    pub(crate) fn f64(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_be_bytes(self.array()?))
    }

    pub(crate) fn bool(&mut self) -> Result<bool, DecodeError> {
        match self.i32()? {
            0 => Ok(false),
            1 => Ok(true),
            value => Err(DecodeError::Unknown { what: "truth value", value: value.into() }),
        }
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        Ok(Uuid::from_bytes(self.array()?))
    }

    pub(crate) fn text(&mut self) -> Result<String, DecodeError> {
        let length = self.length(TEXT_MAX_BYTES)?;
        let text = self.take(length)?;
        self.take(length.next_multiple_of(UNIT_BYTES) - length)?;
        String::from_utf8(text.to_vec()).map_err(|_| DecodeError::NotText)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, DecodeError> {
        if self.bool()? { self.text().map(Some) } else { Ok(None) }
    }

    /// A list of up to `limit` items. Memory is taken for items that can be there, not for those claimed.
    pub(crate) fn list<T>(
        &mut self,
        limit: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.length(limit)?;
        let possible = self.rest.len() / UNIT_BYTES;
        if count > possible {
            return Err(DecodeError::Short { wanted: count * UNIT_BYTES, left: self.rest.len() });
        }
        (0..count).map(|_| item(self)).collect()
    }

    fn length(&mut self, limit: usize) -> Result<usize, DecodeError> {
        let length = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        if length > limit { Err(DecodeError::TooLong { length, limit }) } else { Ok(length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_checked_before_memory_is_taken() {
        let claims_much = u32::MAX.to_be_bytes();
        let too_long = |limit| DecodeError::TooLong { length: 0xffff_ffff, limit };
        assert_eq!(Decoder::new(&claims_much).text(), Err(too_long(TEXT_MAX_BYTES)));
        assert_eq!(Decoder::new(&claims_much).list(9, Decoder::u32), Err(too_long(9)));
        let claims_nine = 9u32.to_be_bytes();
        assert_eq!(
            Decoder::new(&claims_nine).list(9, Decoder::u32),
            Err(DecodeError::Short { wanted: 36, left: 0 })
        );
        assert_eq!(Decoder::new(&claims_nine).text(), Err(DecodeError::Short { wanted: 9, left: 0 }));
    }

    #[test]
    fn a_text_is_padded_to_units() {
        for (text, length) in [("", 4), ("a", 8), ("abcd", 8), ("abcde", 12)] {
            assert_eq!(Encoder::default().text(text).into_bytes().len(), length);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(a: u32, b: i32, c in "\\PC*", d in proptest::option::of("\\PC*"), e: u128) {
            let uuid = Uuid::from_u128(e);
            let bytes = Encoder::default().u32(a).i32(b).text(&c).optional_text(d.as_deref()).uuid(uuid).into_bytes();
            let mut decoder = Decoder::new(&bytes);
            prop_assert_eq!(decoder.u32(), Ok(a));
            prop_assert_eq!(decoder.i32(), Ok(b));
            prop_assert_eq!(decoder.text(), Ok(c));
            prop_assert_eq!(decoder.optional_text(), Ok(d));
            prop_assert_eq!(decoder.uuid(), Ok(uuid));
            prop_assert!(decoder.u32().is_err());
        }
    }
}
