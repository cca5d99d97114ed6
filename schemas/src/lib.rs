//! The one source of resource types, endpoints, ids, money and time.
