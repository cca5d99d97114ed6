//! The tables as diesel sees them: one description for both databases.
//!
//! The catalogue test compares it, through the migrations, with what each database really has.

use diesel::{allow_columns_to_appear_in_same_group_by_clause, allow_tables_to_appear_in_same_query, table};

/// Declares tables, each with the types of ours in sight.
macro_rules! tables {
    ($($name:ident ($($key:ident),*) { $($columns:tt)* })*) => {$(
        table! {
            use diesel::sql_types::*;
            use crate::types::{Amount, CodeText, Day, Id, Micros};

            $name ($($key),*) { $($columns)* }
        }
    )*};
}

mod identity;

pub(crate) use identity::*;

tables! {
    partner (id) {
        id -> BigInt,
        public_id -> Id,
        version -> BigInt,
        code -> CodeText,
        name -> Text,
        name_folded -> Text,
        model -> Text,
        time_zone -> Text,
        default_plan -> Nullable<CodeText>,
        grace_s -> BigInt,
        dns_ns -> Text,
        dns_admin_email -> Nullable<Text>,
        services -> Nullable<Text>,
        limits -> Nullable<Text>,
        created_at -> Micros,
    }

    lease (name) {
        name -> Text,
        holder -> Text,
        expires_at -> Micros,
    }

    setting (name) {
        name -> Text,
        value -> Text,
    }

    hypervisor (id) {
        id -> BigInt,
        public_id -> Id,
        version -> BigInt,
        code -> CodeText,
        name -> Text,
        name_folded -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        uri -> Text,
        username -> Nullable<Text>,
        password_sealed -> Nullable<Binary>,
        password_version -> Nullable<BigInt>,
        disk_types -> Text,
        cpu_class -> Nullable<Text>,
        cpu_per_vm -> Nullable<BigInt>,
        ram_gb_per_vm -> Nullable<BigInt>,
        poll_interval_s -> BigInt,
        inventory_timeout_s -> BigInt,
        hold_s -> BigInt,
        created_at -> Micros,
        collect_asked_at -> Nullable<Micros>,
        external_networks -> Text,
        ca_certificate -> Nullable<Text>,
        certificate_thumbprint -> Nullable<Text>,
    }

    partner_hypervisor (partner_id, hypervisor_id) {
        partner_id -> BigInt,
        hypervisor_id -> BigInt,
    }

    tariff_plan (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        public_id -> Id,
        version -> BigInt,
        code -> CodeText,
        name -> Text,
        name_folded -> Text,
        created_at -> Micros,
    }

    tariff_plan_version (partner_id, plan_id, version) {
        partner_id -> BigInt,
        plan_id -> BigInt,
        version -> BigInt,
        effective_at -> Micros,
        recorded_at -> Micros,
        items -> Text,
    }

    client (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        public_id -> Id,
        version -> BigInt,
        code -> CodeText,
        name -> Text,
        name_folded -> Text,
        internet_mbps -> Nullable<BigInt>,
        lan_mbps -> BigInt,
        allowed_hypervisors -> Nullable<Text>,
        payment_methods -> Text,
        payment_model -> Text,
        min_balance -> Nullable<Amount>,
        deletion_protection -> Bool,
        created_at -> Micros,
    }

    contract (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        public_id -> Id,
        client_id -> Nullable<BigInt>,
        client_public_id -> Id,
        client_code -> CodeText,
        client_name -> Text,
        name -> Text,
        name_folded -> Text,
        time_zone -> Text,
        plan_id -> BigInt,
        booked_to -> Nullable<Day>,
        state -> Text,
        parked_reason -> Nullable<Text>,
        settled_at -> Nullable<Micros>,
        exhausts_at -> Nullable<Micros>,
        due_at -> Nullable<Micros>,
        is_low -> Bool,
        state_since -> Nullable<Micros>,
        state_fact -> Nullable<BigInt>,
        created_at -> Micros,
        closed_at -> Nullable<Micros>,
    }

    contract_fact (partner_id, contract_id, sequence) {
        partner_id -> BigInt,
        contract_id -> BigInt,
        sequence -> BigInt,
        kind -> Text,
        body -> Text,
        effective_at -> Micros,
        recorded_at -> Micros,
    }

    project (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        public_id -> Id,
        client_id -> BigInt,
        version -> BigInt,
        code -> CodeText,
        name -> Text,
        name_folded -> Text,
        created_at -> Micros,
    }

    source (id) {
        id -> BigInt,
        code -> Text,
        kind -> Text,
        hypervisor_id -> Nullable<BigInt>,
        epoch -> BigInt,
        hold_s -> BigInt,
        state -> Text,
        state_since -> Micros,
        last_ok_at -> Nullable<Micros>,
        last_error -> Nullable<Text>,
        attempts -> BigInt,
        machines -> BigInt,
        unowned -> BigInt,
        mismatched -> BigInt,
        unmapped_disks -> BigInt,
        created_at -> Micros,
        heard_hold_s -> Nullable<BigInt>,
        told_state -> Text,
    }

    machine_owner (machine) {
        machine -> Id,
        partner_id -> BigInt,
        project_id -> BigInt,
        assigned_at -> Micros,
    }

    outage (source_id, from_at) {
        source_id -> BigInt,
        from_at -> Micros,
        to_at -> Micros,
        hold_s -> BigInt,
        recorded_at -> Micros,
    }

    resource (id) {
        id -> BigInt,
        uuid -> Id,
        source_id -> BigInt,
        kind -> Text,
        name -> Text,
        name_folded -> Text,
        hypervisor_id -> Nullable<BigInt>,
        partner_id -> Nullable<BigInt>,
        contract_id -> Nullable<BigInt>,
        project_id -> Nullable<BigInt>,
        owner -> Nullable<Text>,
        problem -> Nullable<Text>,
        fact -> Text,
        first_seen_at -> Micros,
        last_seen_at -> Micros,
        ended_at -> Nullable<Micros>,
        missed -> BigInt,
        configuration -> Nullable<Text>,
        incarnation -> Nullable<Text>,
        counters -> Nullable<Text>,
        cpu_time_ns -> Nullable<BigInt>,
    }

    resource_contract (partner_id, contract_id, resource_id) {
        partner_id -> BigInt,
        contract_id -> BigInt,
        resource_id -> BigInt,
    }

    observation (source_id, epoch, sequence) {
        source_id -> BigInt,
        epoch -> BigInt,
        sequence -> BigInt,
        resource_id -> BigInt,
        observed_at -> Micros,
        received_at -> Micros,
        fact -> Text,
    }

    reading (source_id, epoch, sequence) {
        source_id -> BigInt,
        epoch -> BigInt,
        sequence -> BigInt,
        resource_id -> BigInt,
        counter -> Text,
        incarnation -> BigInt,
        bytes -> BigInt,
        observed_at -> Micros,
        received_at -> Micros,
    }

    bill_run (id) {
        id -> BigInt,
        to_at -> Micros,
        cutoff_at -> Micros,
        started_at -> Micros,
        finished_at -> Nullable<Micros>,
        contracts -> BigInt,
        charges -> BigInt,
        failed -> BigInt,
        state -> Text,
    }

    charge (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        contract_id -> BigInt,
        run_id -> BigInt,
        resource -> Id,
        resource_kind -> Text,
        resource_name -> Text,
        project_id -> Nullable<BigInt>,
        service -> Text,
        kind -> Text,
        first_day -> Day,
        last_day -> Day,
        plan_id -> BigInt,
        plan_version -> BigInt,
        grant_id -> BigInt,
        period -> Text,
        calendar -> Bool,
        price -> Amount,
        starts_per_day -> BigInt,
        rises_per_day -> BigInt,
        quantity_per_day -> BigInt,
        amount_per_day -> Amount,
        total -> Amount,
        rule -> Text,
        about_day -> Day,
        corrects -> Nullable<BigInt>,
    }

    closing (partner_id, contract_id, last_day) {
        partner_id -> BigInt,
        contract_id -> BigInt,
        last_day -> Day,
        first_day -> Day,
        run_id -> BigInt,
        cutoff_at -> Micros,
        evidence -> BigInt,
    }

    ledger_transaction (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        key -> Text,
        contract_id -> BigInt,
        kind -> Text,
        day -> Nullable<Day>,
        at -> Micros,
    }

    payment (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        contract_id -> BigInt,
        transaction_id -> BigInt,
        method -> Text,
        external_id -> Text,
        external_id_folded -> Text,
        amount -> Amount,
        reason -> Nullable<Text>,
        author -> Text,
        created_at -> Micros,
    }

    ledger_entry (partner_id, transaction_id, account) {
        partner_id -> BigInt,
        transaction_id -> BigInt,
        account -> Text,
        amount -> Amount,
    }

    client_defaults (id) {
        partner_id -> BigInt,
        id -> BigInt,
        version -> BigInt,
        balance -> Amount,
        plan_id -> Nullable<BigInt>,
        internet_mbps -> Nullable<BigInt>,
        lan_mbps -> BigInt,
        payment_methods -> Text,
        payment_model -> Text,
        created_at -> Micros,
    }

    default_limits (id) {
        partner_id -> BigInt,
        id -> BigInt,
        version -> BigInt,
        limits -> Text,
        created_at -> Micros,
    }

    client_limits (id) {
        partner_id -> BigInt,
        id -> BigInt,
        client_id -> BigInt,
        version -> BigInt,
        limits -> Text,
        created_at -> Micros,
    }

    note (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        public_id -> Id,
        client_id -> BigInt,
        version -> BigInt,
        body -> Text,
        body_folded -> Text,
        author -> Text,
        system -> Bool,
        notify_at -> Nullable<Micros>,
        done -> Bool,
        created_at -> Micros,
        due_at -> Nullable<Micros>,
    }

    domain (id) {
        id -> BigInt,
        public_id -> Id,
        version -> BigInt,
        name -> Text,
        partner_id -> BigInt,
        registration_enabled -> Bool,
        created_at -> Micros,
    }

    dns_name (name) {
        name -> Text,
        domain_id -> BigInt,
    }

    promotion (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        public_id -> Id,
        version -> BigInt,
        code -> CodeText,
        name -> Text,
        name_folded -> Text,
        starts_on -> Day,
        ends_on -> Day,
        time_zone -> Text,
        price_per_day -> Amount,
        platform -> Text,
        max_count -> Nullable<BigInt>,
        vcpu -> BigInt,
        ram_gb -> BigInt,
        hdd_gb -> BigInt,
        disk_type -> Text,
        note -> Nullable<Text>,
        created_at -> Micros,
    }

    promotion_grant (partner_id, id) {
        partner_id -> BigInt,
        id -> BigInt,
        promotion_id -> BigInt,
        promotion_name -> Text,
        contract_id -> BigInt,
        machine -> Id,
        system_disk -> Id,
        machine_name -> Text,
        owner -> Text,
        price_per_day -> Amount,
        granted_at -> Micros,
        ended_at -> Nullable<Micros>,
    }
}

allow_tables_to_appear_in_same_query! {
    access, access_project, account, bill_run, charge, client, client_defaults, client_limits, contract,
    contract_fact, default_limits, dns_name, domain, event, event_chain, event_link, hypervisor, idempotency,
    invitation, lease, ledger_entry, ledger_transaction, login_attempt, machine_owner,
    mail, note, observation, outage, partner, partner_hypervisor, payment, project, promotion, promotion_grant,
    public_key, reading, registration, resource, resource_contract, setting, source, tariff_plan, tariff_plan_version, token,
}

allow_columns_to_appear_in_same_group_by_clause!(
    promotion_grant::price_per_day,
    promotion_grant::promotion_id,
    promotion_grant::promotion_name,
    resource::fact,
);
