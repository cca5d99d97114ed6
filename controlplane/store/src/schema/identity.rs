//! Who calls, by what they are known, and what was told of it.

use diesel::table;

tables! {
    account (id) {
        id -> BigInt,
        public_id -> Id,
        login -> Text,
        name -> Text,
        created_at -> Micros,
        version -> BigInt,
        name_folded -> Text,
        domain_id -> Nullable<BigInt>,
        phone -> Nullable<Text>,
        active -> Bool,
        blocked -> Bool,
        password_hash -> Nullable<Text>,
        password_version -> Nullable<BigInt>,
        notify_low_balance -> Bool,
        notify_note -> Bool,
        notify_collector -> Bool,
    }

    access (id) {
        id -> BigInt,
        public_id -> Id,
        version -> BigInt,
        account_id -> Nullable<BigInt>,
        login -> Text,
        role -> Text,
        partner_id -> Nullable<BigInt>,
        client_id -> Nullable<BigInt>,
        created_at -> Micros,
    }

    access_project (access_id, project_id) {
        access_id -> BigInt,
        partner_id -> BigInt,
        project_id -> BigInt,
    }

    invitation (access_id) {
        access_id -> BigInt,
        hash -> Binary,
        expires_at -> Micros,
    }

    mail (id) {
        id -> BigInt,
        public_id -> Id,
        recipient -> Text,
        subject -> Text,
        body -> Text,
        link_sealed -> Nullable<Binary>,
        created_at -> Micros,
        attempts -> BigInt,
        next_at -> Nullable<Micros>,
        sent_at -> Nullable<Micros>,
        last_error -> Nullable<Text>,
    }

    registration (id) {
        id -> BigInt,
        domain_id -> BigInt,
        login -> Text,
        client_name -> Text,
        hash -> Binary,
        created_at -> Micros,
        expires_at -> Micros,
    }

    token (id) {
        id -> BigInt,
        account_id -> BigInt,
        hash -> Binary,
        label -> Text,
        created_at -> Micros,
        expires_at -> Nullable<Micros>,
        last_used_at -> Nullable<Micros>,
        revoked_at -> Nullable<Micros>,
        kind -> Text,
        prefix -> Text,
        device -> Text,
        address -> Text,
        impersonator_id -> Nullable<BigInt>,
    }

    public_key (id) {
        id -> BigInt,
        public_id -> Id,
        account_id -> BigInt,
        version -> BigInt,
        name -> Text,
        name_folded -> Text,
        openssh -> Text,
        fingerprint -> Text,
        created_at -> Micros,
    }

    login_attempt (subject) {
        subject -> Binary,
        count -> BigInt,
        ends_at -> Micros,
    }

    idempotency (account_id, key) {
        account_id -> BigInt,
        key -> Text,
        request_hash -> Binary,
        status -> Integer,
        answer -> Text,
        headers -> Nullable<Text>,
        object_kind -> Text,
        object_id -> Nullable<Id>,
        created_at -> Micros,
    }

    event (id) {
        id -> BigInt,
        partner_id -> Nullable<BigInt>,
        at -> Micros,
        request_id -> Id,
        account_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        object_kind -> Text,
        object_id -> Id,
        object_name -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        client -> Text,
        impersonator -> Nullable<Text>,
    }

    event_chain (chain) {
        chain -> BigInt,
        length -> BigInt,
        hash -> Binary,
    }

    event_link (chain, sequence) {
        chain -> BigInt,
        sequence -> BigInt,
        event_id -> BigInt,
        previous_hash -> Binary,
        hash -> Binary,
    }
}
