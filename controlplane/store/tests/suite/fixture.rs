//! What every case starts from.

use schemas::{
    code::Code,
    id::{AccountId, ClientId, ContractId, PartnerId, ProjectId, TariffPlanId},
    time::Instant,
};
use store::{
    Json, Settings, Store, Tx,
    model::{
        account::{Account, NewAccount},
        client::{Client, NewClient, PaymentModel},
        contract::{Contract, NewContract},
        partner::{NewPartner, Partner, PartnerModel},
        project::{NewProject, Project},
        tariff_plan::{NewTariffPlan, TariffPlan},
    },
    queries,
};
use testkit::database::TestDatabase;

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) database: TestDatabase,
}

/// An instant of a test, so many seconds after it began.
pub(crate) fn at(seconds: i64) -> Instant {
    Instant::from_micros(1_640_000_000_000_000 + seconds * 1_000_000)
}

pub(crate) fn code(text: &str) -> Code {
    text.parse().unwrap()
}

impl Fixture {
    pub(crate) async fn sqlite() -> Self {
        Self::migrated(TestDatabase::sqlite().unwrap()).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::migrated(TestDatabase::postgres().unwrap()).await
    }

    async fn migrated(database: TestDatabase) -> Self {
        let store = Store::connect(database.url(), &Settings::default()).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, database }
    }

    /// A second server on the same database.
    pub(crate) async fn another(&self, settings: &Settings) -> Store {
        Store::connect(self.database.url(), settings).await.unwrap()
    }
}

pub(crate) fn new_partner(text: &str, name: &str) -> NewPartner {
    NewPartner {
        public_id: PartnerId::random(),
        code: code(text),
        name: name.into(),
        model: PartnerModel::WhiteLabel,
        time_zone: "Europe/Moscow".into(),
        default_plan: None,
        grace_s: 0,
        dns_ns: Json("[]".into()),
        dns_admin_email: None,
        services: None,
        limits: Some(Json("{}".into())),
        created_at: at(0),
    }
}

pub(crate) fn new_client(partner_id: i64, text: &str, name: &str) -> NewClient {
    NewClient {
        partner_id,
        public_id: ClientId::random(),
        code: code(text),
        name: name.into(),
        internet_mbps: None,
        lan_mbps: 1000,
        allowed_hypervisors: None,
        payment_methods: Json("[]".into()),
        payment_model: PaymentModel::Prepay,
        min_balance: Some("10.5".parse().unwrap()),
        deletion_protection: true,
        created_at: at(1),
    }
}

pub(crate) async fn account(tx: &mut Tx, login: &str) -> Account {
    let new = NewAccount {
        public_id: AccountId::random(),
        login: login.into(),
        name: "Ada".into(),
        created_at: at(0),
    };
    queries::account::insert(tx, &new).await.unwrap()
}

/// A partner with a plan.
pub(crate) async fn partner(tx: &mut Tx, text: &str) -> (Partner, TariffPlan) {
    let partner = queries::partner::insert(tx, &new_partner(text, text)).await.unwrap();
    let plan = NewTariffPlan {
        partner_id: partner.id,
        public_id: TariffPlanId::random(),
        code: code("base"),
        name: "Base".into(),
        created_at: at(0),
    };
    let plan = queries::tariff_plan::insert(tx, &plan).await.unwrap();
    (partner, plan)
}

/// A client with its contract and one project.
pub(crate) async fn client(tx: &mut Tx, plan: &TariffPlan, text: &str) -> (Client, Contract, Project) {
    let client = queries::client::insert(tx, &new_client(plan.partner_id, text, text)).await.unwrap();
    let contract = NewContract {
        partner_id: plan.partner_id,
        public_id: ContractId::random(),
        client_id: Some(client.id),
        client_public_id: client.public_id,
        client_code: client.code.clone(),
        client_name: client.name.clone(),
        name: "1/2021".into(),
        time_zone: "Europe/Moscow".into(),
        plan_id: plan.id,
        created_at: at(1),
    };
    let contract = queries::contract::insert(tx, &contract).await.unwrap();
    let project = NewProject {
        partner_id: plan.partner_id,
        public_id: ProjectId::random(),
        client_id: client.id,
        code: Code::default_code(),
        name: "Main".into(),
        created_at: at(1),
    };
    let project = queries::project::insert(tx, &project).await.unwrap();
    (client, contract, project)
}
