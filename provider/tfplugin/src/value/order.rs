//! Equality and a total order: what makes two sets equal whatever their order.

use std::cmp::Ordering;

use super::Value;

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Unknown(left), Self::Unknown(right)) => left.cmp(right),
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.cmp(right),
            (Self::String(left), Self::String(right)) => left.cmp(right),
            (Self::List(left), Self::List(right)) => left.cmp(right),
            (Self::Set(left), Self::Set(right)) => compare_sets(left, right),
            (Self::Map(left), Self::Map(right)) => left.cmp(right),
            (Self::Object(left), Self::Object(right)) => left.cmp(right),
            (Self::Dynamic(left), Self::Dynamic(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

fn compare_sets(left: &[Value], right: &[Value]) -> Ordering {
    if left.len() != right.len() {
        return left.len().cmp(&right.len());
    }
    let sorted = |elements: &[Value]| {
        let mut sorted: Vec<usize> = (0..elements.len()).collect();
        sorted.sort_by(|a, b| elements[*a].cmp(&elements[*b]));
        sorted
    };
    let (left_order, right_order) = (sorted(left), sorted(right));
    left_order
        .iter()
        .zip(&right_order)
        .map(|(a, b)| left[*a].cmp(&right[*b]))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

impl Value {
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Unknown(_) => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
            Self::String(_) => 4,
            Self::List(_) => 5,
            Self::Set(_) => 6,
            Self::Map(_) => 7,
            Self::Object(_) => 8,
            Self::Dynamic(_) => 9,
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Value {}
