//! Who may do what: the one table that is asked, of roles and nouns. `docs/roles.md` shows it to people.
//!
//! A platform's administrator may do everything. What only it may do has [`Scope::Platform`], and what every account may
//! do has [`Scope::Account`], what anybody may [`Scope::Nobody`]: none of them is in the table. Two rules are about more than a role and a noun, and are with the
//! nouns: a reseller's plans are the platform's (INT-03), and who manages a user may do what the user may.

use self::Right::{Manage, Nothing, Projects, See};
use schemas::{
    endpoint::{Endpoint, Scope},
    resource::account::Role as Shown,
};
use store::{
    Only, Visible,
    model::{access::Access, account::Role},
};

/// What a role may do with the objects of a noun, of the partner or client that it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Nothing: it does not see them.
    Nothing,
    /// To see those of the projects that are assigned (7.6-05, 7.6-06).
    Projects,
    /// To see them.
    See,
    /// To see, make, change and delete them.
    Manage,
}

/// The roles in the order of the table's columns.
const ROLES: [Role; 4] = [Role::PartnerAdmin, Role::ClientAdmin, Role::ClientUser, Role::ClientSupport];

/// The table: a noun, and what each of [`ROLES`] may do.
#[rustfmt::skip]
const TABLE: [(&str, [Right; 4]); 22] = [
    // partner_admin, client_admin, client_user, client_support
    ("access",            [Manage,  Manage,  Nothing,  Nothing]),
    ("client",            [Manage,  See,     See,      See]),
    ("client_defaults",   [Manage,  Nothing, Nothing,  Nothing]),
    ("client_limits",     [Manage,  See,     Nothing,  See]),
    ("clients",           [Manage,  Nothing, Nothing,  Nothing]),
    ("contract",          [Manage,  See,     Nothing,  See]),
    ("default_limits",    [Manage,  Nothing, Nothing,  Nothing]),
    ("domain",            [See,     Nothing, Nothing,  Nothing]),
    ("effective_limits",  [See,     Nothing, Nothing,  Nothing]),
    ("event",             [See,     Nothing, Nothing,  Nothing]),
    ("hypervisor",        [See,     Nothing, Nothing,  Nothing]),
    ("machine",           [Manage,  See,     Projects, See]),
    ("note",              [Manage,  Nothing, Nothing,  Nothing]),
    ("partner",           [Manage,  Nothing, Nothing,  Nothing]),
    ("payment",           [Manage,  See,     Nothing,  See]),
    ("plan_impact",       [See,     Nothing, Nothing,  Nothing]),
    ("project",           [Manage,  Manage,  Projects, See]),
    ("promotion",         [Manage,  Nothing, Nothing,  Nothing]),
    ("quote",             [See,     Nothing, Nothing,  Nothing]),
    ("tariff_plan",       [Manage,  Nothing, Nothing,  Nothing]),
    ("transaction",       [See,     See,     Nothing,  See]),
    ("user",              [Manage,  Nothing, Nothing,  Nothing]),
];

/// What a call does to the objects of a noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    /// Who may call at all.
    scope: Scope,
    /// The noun.
    noun: &'static str,
    /// Whether it changes something.
    manages: bool,
}

impl Act {
    /// What an endpoint does.
    pub(crate) fn of<E: Endpoint>() -> Self {
        let noun = E::ID.split_once('.').map_or(E::ID, |(noun, _)| noun);
        Self { scope: E::SCOPE, noun, manages: E::changes() }
    }

    /// The same objects, looked at.
    #[must_use]
    pub(crate) const fn looking(self) -> Self {
        Self { manages: false, ..self }
    }

    /// To give and take access.
    const ACCESS: Self = Self { scope: Scope::Partner, noun: "access", manages: true };

    /// To change users, and what they have.
    pub(crate) const USER: Self = Self { scope: Scope::Partner, noun: "user", manages: true };

    /// What a role may do of it.
    fn right(self, role: Role) -> Right {
        let row = TABLE.iter().find(|(noun, _)| *noun == self.noun);
        let column = ROLES.iter().position(|column| *column == role);
        let right = row.zip(column).and_then(|((_, rights), column)| rights.get(column).copied());
        match right {
            Some(Manage) => Manage,
            Some(right) if !self.manages => right,
            _ => Nothing,
        }
    }
}

/// Whether any of these roles reaches a call.
pub(crate) fn reaches(held: &[Access], act: Act) -> bool {
    match act.scope {
        Scope::Nobody | Scope::Account => true,
        Scope::Platform => is_platform_admin(held),
        Scope::Partner => {
            is_platform_admin(held) || held.iter().any(|access| act.right(access.role) != Nothing)
        }
    }
}

/// Whose objects a call may be about. `projects` are those that are assigned, by the internal id of the access.
pub(crate) fn visible(held: &[Access], projects: &[(i64, i64)], act: Act) -> Visible {
    if is_platform_admin(held) {
        return Visible::All;
    }
    let mut only = Only::default();
    for access in held {
        match (act.right(access.role), access.client_id) {
            (Nothing, _) => {}
            (Projects, _) => {
                let assigned = projects.iter().filter(|(id, _)| *id == access.id);
                only.projects.extend(assigned.map(|(_, project)| *project));
            }
            (See | Manage, Some(client)) => only.clients.push(client),
            (See | Manage, None) => only.partners.extend(access.partner_id),
        }
    }
    Visible::Only(only)
}

/// Whether somebody with these roles gives and takes such access.
pub(crate) fn manages_access(held: &[Access], access: (Option<i64>, Option<i64>)) -> bool {
    let (partner, client) = access;
    match visible(held, &[], Act::ACCESS) {
        Visible::All => true,
        Visible::Only(only) => {
            partner.is_some_and(|id| only.partners.contains(&id))
                || client.is_some_and(|id| only.clients.contains(&id))
        }
    }
}

/// Whether one of these is the role of a platform's administrator.
pub(crate) fn is_platform_admin(held: &[Access]) -> bool {
    held.iter().any(|access| access.role == Role::PlatformAdmin)
}

/// A role as the API names it.
pub(crate) const fn shown(role: Role) -> Shown {
    match role {
        Role::PlatformAdmin => Shown::PlatformAdmin,
        Role::PartnerAdmin => Shown::PartnerAdmin,
        Role::ClientAdmin => Shown::ClientAdmin,
        Role::ClientUser => Shown::ClientUser,
        Role::ClientSupport => Shown::ClientSupport,
    }
}

#[cfg(test)]
mod tests {
    use super::{Right, TABLE};
    use schemas::{endpoint::Scope, registry::endpoints};
    use std::collections::BTreeSet;

    #[test]
    fn every_noun_that_roles_decide_on_is_in_the_table() {
        let decided = endpoints().into_iter().filter(|endpoint| endpoint.scope == Scope::Partner);
        let nouns: BTreeSet<&str> = decided.map(|endpoint| endpoint.id.split_once('.').unwrap().0).collect();
        assert_eq!(TABLE.iter().map(|(noun, _)| *noun).collect::<BTreeSet<_>>(), nouns);
        assert!(TABLE.is_sorted_by_key(|(noun, _)| *noun));
    }

    #[test]
    fn people_are_shown_the_table_that_is_asked() {
        let word = |right: &Right| match right {
            Right::Nothing => "",
            Right::Projects => "sees, in its projects",
            Right::See => "sees",
            Right::Manage => "manages",
        };
        let rows = TABLE.iter().map(|(noun, rights)| {
            let cells: Vec<&str> = rights.iter().map(word).collect();
            format!("| `{noun}` | {} |", cells.join(" | ")).replace("  ", " ")
        });
        let wanted: Vec<String> = rows.collect();
        let page = include_str!("../../../docs/roles.md");
        let found: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(found, wanted, "write into docs/roles.md:\n{}", wanted.join("\n"));
    }
}
