//! Registration: people become clients of a partner by themselves, where a domain of it lets them (5-01 to 5-07).

use super::{
    Error, Operation, access, client, client_defaults, client_limits, default_limits,
    mail::{self, Message},
    payment, secret, user,
};
use schemas::{
    code::Code,
    endpoint::InParent,
    id::{AccessId, AccountId},
    money::Money,
    resource::{
        client::{ClientSpec, ClientView},
        client_defaults::ClientDefaultsView,
        client_limits::ClientLimitsUpdate,
        payment::CorrectionSpec,
        registration::{Confirmation, Registered, RegistrationReceipt, RegistrationSpec},
    },
    time::Instant,
};
use serde_json::json;
use store::{
    model::{
        access::NewAccess,
        account::Role,
        domain::Domain,
        registration::{NewRegistration, Registration},
        user::{NewUser, Notify},
    },
    queries,
};
use uuid::Uuid;

/// How long a registration can be confirmed, in microseconds: one day.
const VALID: i64 = 86_400_000_000;
/// How long it takes until another message goes to the same address, in microseconds.
const PAUSE: i64 = 60_000_000;
/// How long the registrations in a domain are counted, in microseconds.
const HOUR: i64 = 3_600_000_000;
/// The most registrations in a domain in that time.
const MOST_IN_HOUR: i64 = 100;
/// What begins the secret of a link.
const PREFIX: &str = "esr_";
/// The reference of the correction that gives a client its starting balance.
const REFERENCE: &str = "registration";

/// Sends whoever registers a link. What is answered, and that something is sent, does not tell whether there is an
/// account: only the mailbox's reader learns that.
///
/// # Errors
/// When the domain does not let users register themselves, or too many do.
pub async fn create(op: &mut Operation, spec: RegistrationSpec) -> Result<RegistrationReceipt, Error> {
    let RegistrationSpec { domain, email, client } = spec;
    let home = queries::domain::open_for_registration(op.conn(), &domain.0).await?;
    let Some(home) = home else {
        let text = format!("users do not register themselves in \"{}\"", domain.0);
        return Err(Error::field("domain", text));
    };
    if !has_plan(op, home.partner_id).await? {
        let text = format!("the partner of \"{}\" takes no clients now", domain.0);
        return Err(Error::field("domain", text));
    }
    if !mail::is_address(&email) {
        return Err(Error::field("email", format!("\"{email}\" is no e-mail address")));
    }
    let now = op.now;
    let since = |span: i64| Instant::from_micros(now.micros().saturating_sub(span));
    let home = queries::domain::lock(op.tx()?, home.id).await?;
    if queries::registration::count_of_domain(op.conn(), home.id, since(HOUR)).await? >= MOST_IN_HOUR {
        return Err(Error::TooMany { retry_after_s: HOUR / 1_000_000 });
    }
    let receipt = RegistrationReceipt { email: email.clone() };
    if queries::registration::count_of_login(op.conn(), &email, since(PAUSE)).await? > 0 {
        return Ok(receipt);
    }
    let made = secret::new(PREFIX)?;
    let new = NewRegistration {
        domain_id: home.id,
        login: email.clone(),
        client_name: client.unwrap_or_else(|| email.clone()),
        hash: secret::hash(&made).to_vec(),
        created_at: now,
        expires_at: Instant::from_micros(now.micros().saturating_add(VALID)),
    };
    queries::registration::insert(op.tx()?, &new).await?;
    let is_known = queries::account::find_by_login(op.conn(), &email).await?.is_some();
    post(op, &home, &new, (&made, is_known)).await?;
    Ok(receipt)
}

/// Sends the link, or says that there is an account.
async fn post(
    op: &mut Operation,
    home: &Domain,
    new: &NewRegistration,
    (secret, is_known): (&str, bool),
) -> Result<(), Error> {
    let subject = format!("Registration at {}", home.name);
    let body = if is_known {
        format!(
            "Somebody wanted to register this address at {}. There is an account with it already: log in, or have its \
             password reset.\n\nIf it was not you, do nothing.\n",
            home.name
        )
    } else {
        format!(
            "Follow this link to confirm your registration at {}, until {}:\n\n{}\n\nIf it was not you, do nothing: \
             nothing happens without the link.\n",
            home.name,
            new.expires_at,
            mail::link_place()
        )
    };
    let link = format!("{}/v1/registration/{secret}/confirm", op.app.public_url);
    mail::post_link(op, Message { recipient: new.login.clone(), subject, body }, &link).await
}

/// Makes the client and its administrator, who has shown to read the mailbox. The client begins with what its partner
/// says at this moment (5-06), and is a client like any other from then on.
///
/// # Errors
/// When there is no such registration, it has ended, or the domain is open no more.
pub async fn confirm(
    op: &mut Operation,
    secret: &str,
    confirmation: Confirmation,
) -> Result<Registered, Error> {
    let found =
        queries::registration::find(op.conn(), &secret::hash(secret)).await?.ok_or(Error::NotFound)?;
    let home = queries::domain::lock(op.tx()?, found.domain_id).await?;
    if found.expires_at <= op.now || !home.registration_enabled {
        return Err(Error::BadRequest("The registration has ended; register again.".to_owned()));
    }
    if !has_plan(op, home.partner_id).await? {
        return Err(Error::BadRequest("The partner takes no clients now; try again later.".to_owned()));
    }
    queries::registration::delete_of_login(op.tx()?, &found.login).await?;
    let user = NewUser {
        public_id: AccountId::random(),
        login: found.login.clone(),
        name: confirmation.name.unwrap_or_else(|| found.login.clone()),
        domain_id: home.id,
        phone: None,
        active: true,
        blocked: false,
        password_version: None,
        created_at: op.now,
        notify: Notify::default(),
    };
    let user = user::register(op, &user, &confirmation.password).await?;
    // What follows is decided by the partner's settings and nobody else.
    op.act_for_the_platform();
    let made = make_client(op, &home, &found).await?;
    let client =
        queries::client::find(op.conn(), &store::Visible::All, made.id).await?.ok_or(Error::NotFound)?;
    let new = NewAccess {
        public_id: AccessId::random(),
        account_id: Some(user.id),
        login: user.login.clone(),
        role: Role::ClientAdmin,
        partner_id: Some(client.partner_id),
        client_id: Some(client.id),
        created_at: op.now,
    };
    access::give(op, &new).await?;
    Ok(Registered { user: user.login, client: client::reference(&client), partner: made.partner })
}

/// A client with the defaults, the starting balance and the default limits of its partner.
async fn make_client(op: &mut Operation, home: &Domain, found: &Registration) -> Result<ClientView, Error> {
    let owner = queries::partner::get(op.conn(), home.partner_id).await?;
    let nowhere = InParent::default();
    let code = Code::trusted(format!("client-{}", &Uuid::new_v4().simple().to_string()[..12]));
    let mut spec = json!({ "code": code, "partner": owner.code, "name": found.client_name });
    let defaults = there(client_defaults::read(op, owner.code.as_str(), &nowhere).await)?;
    if let (Some(spec), Some(defaults)) = (spec.as_object_mut(), &defaults) {
        spec.insert("tariff_plan".to_owned(), json!(defaults.tariff_plan.as_ref().map(|plan| &plan.code)));
        spec.insert("internet".to_owned(), json!(defaults.internet_mbps));
        spec.insert("lan".to_owned(), json!(defaults.lan_mbps));
        spec.insert("payment_methods".to_owned(), json!(defaults.payment_methods));
        spec.insert("payment_model".to_owned(), json!(defaults.payment_model));
    }
    let spec: ClientSpec = serde_json::from_value(spec).map_err(|error| Error::internal("client", error))?;
    let made = client::create(op, spec).await?;
    op.created = None;
    let balance = defaults.map_or(Money::ZERO, |defaults: ClientDefaultsView| defaults.balance);
    let id = made.contract.id.to_string();
    if balance > Money::ZERO {
        let (reference, reason) = (REFERENCE.to_owned(), "Starting balance".to_owned());
        payment::correct(op, &id, &nowhere, CorrectionSpec { reference, amount: balance, reason }).await?;
    }
    if let Some(limits) = there(default_limits::read(op, owner.code.as_str(), &nowhere).await)? {
        let update = ClientLimitsUpdate { limits: limits.limits };
        client_limits::replace(op, &made.id.to_string(), &nowhere, update).await?;
    }
    Ok(made)
}

/// Whether there is a plan for a client to begin with: that of the defaults, or the partner's default plan.
async fn has_plan(op: &mut Operation, partner_id: i64) -> Result<bool, Error> {
    let defaults = queries::client_defaults::find(op.conn(), partner_id).await?;
    if defaults.is_some_and(|row| row.plan_id.is_some()) {
        return Ok(true);
    }
    let codes: Vec<Code> =
        queries::partner::get(op.conn(), partner_id).await?.default_plan.into_iter().collect();
    Ok(!queries::tariff_plan::of_codes(op.conn(), &[partner_id], &codes).await?.is_empty())
}

/// What is set, or nothing.
fn there<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(Error::NotFound) => Ok(None),
        found => found.map(Some),
    }
}
