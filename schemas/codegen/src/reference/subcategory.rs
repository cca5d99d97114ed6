//! Under which matter the registry lists a type.

/// The matters, each with the types' names without prefix.
const SUBCATEGORIES: [(&str, &[&str]); 6] = [
    ("Platform", &["hypervisor", "hypervisors", "partner", "partners", "domain", "domains", "collect_now"]),
    (
        "Prices",
        &[
            "tariff_plan",
            "tariff_plans",
            "promotion",
            "promotions",
            "services",
            "quote",
            "plan_impact",
            "clone_plan",
        ],
    ),
    (
        "Clients",
        &[
            "client",
            "clients",
            "client_defaults",
            "project",
            "projects",
            "note",
            "notes",
            "contract",
            "contracts",
            "tickets",
        ],
    ),
    (
        "Users and access",
        &[
            "user",
            "users",
            "access",
            "accesses",
            "resend_invitation",
            "user_token",
            "login_session",
            "public_key",
            "public_keys",
        ],
    ),
    ("Limits", &["default_limits", "client_limits", "effective_limits"]),
    (
        "Money and records",
        &[
            "balance",
            "balance_correction",
            "consumption",
            "payments",
            "transactions",
            "events",
            "report",
            "run_report",
        ],
    ),
];

/// The matter of a type; none for one that is not listed, which the registry then shows before all others.
pub(super) fn of(type_name: &str) -> &'static str {
    let name = type_name.strip_prefix(super::PREFIX).unwrap_or(type_name);
    let found = SUBCATEGORIES.iter().find(|(_, names)| names.contains(&name));
    found.map_or("", |(subcategory, _)| subcategory)
}
