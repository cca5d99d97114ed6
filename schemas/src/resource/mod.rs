//! Resource types, one file per noun: what is sent (`Spec`), what may change (`Update`), what comes back (`View`).

pub mod tariff_plan;
