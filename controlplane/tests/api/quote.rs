//! What a configuration costs before it is ordered, and what past days would have cost under other prices.

use crate::{
    collector::{Hand, machine, with_disk},
    fixture::{Fixture, START},
};
use schemas::money::Money;
use serde_json::{Value, json};

/// vCPU by the day, RAM by the hour, disk by the month, a data centre by the share of the month.
fn services() -> Value {
    json!({
        "kvm_cpu": { "price": "6", "period": "day", "calendar": true },
        "kvm_ram": { "price": "0.5", "period": "hour" },
        "kvm_hdd_ultrafast": { "price": "3", "period": "month" },
        "public_ip": { "price": "1", "period": "day", "calendar": true },
        "vdc": { "price": "31", "period": "month", "calendar": true, "charging": "prorated" },
    })
}

async fn quote(f: &Fixture, query: &str) -> Value {
    f.admin.get(&format!("/v1/quote?{query}")).await.expect(200)
}

/// The amounts of a quote.
fn amounts(quote: &Value) -> Vec<&str> {
    let names = ["first_charge", "per_hour", "per_day", "per_month", "per_year"];
    names.into_iter().map(|name| quote[name].as_str().unwrap()).collect()
}

/// A configuration is quoted under a plan, at a moment, alone and many times over.
pub(crate) async fn a_configuration_is_quoted(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &services()).await;
    let plan = format!("partner={partner}&tariff_plan=gold");
    let one = "platform=kvm&vcpu=2&ram_gb=4&hdd_gb=10&disk_type=ssd";
    let quoted = quote(f, &format!("{plan}&{one}")).await;
    // 2 x 6 + 4 x 0.5 x 24 a day, and 30 a month, which is 360 / 365 a day.
    assert_eq!(amounts(&quoted), ["44", "2.5410959", "60.9863014", "1855", "22260"]);
    assert_eq!((&quoted["plan"]["code"], &quoted["plan_version"]), (&json!("gold"), &json!(1)));
    let lines: Vec<_> = quoted["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            ["service", "quantity", "period", "per_period", "per_day"]
                .map(|name| line[name].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        lines,
        [
            ["kvm_cpu", "2", "day", "12", "12"],
            ["kvm_hdd_ultrafast", "10", "month", "30", "0.9863014"],
            ["kvm_ram", "4", "hour", "2", "48"],
        ]
    );
    let fleet = quote(f, &format!("{plan}&{one}&machines=1000&quantities=public_ip:1,vdc:1")).await;
    // A share is charged at the end of the day: it is no part of the first charge.
    assert_eq!(amounts(&fleet), ["44001", "2541.1800228", "60988.3205479", "1855061.4166667", "22260737"]);
    f.at("2021-12-20T10:00:00Z").await;
    let changed = json!({ "services": { "kvm_cpu": { "price": "12", "period": "day", "calendar": true } } });
    f.admin.patch(&format!("/v1/tariff_plan/gold?partner={partner}"), &changed).await.expect(200);
    let price =
        async |at: &str| quote(f, &format!("{plan}&{one}&at={at}")).await["lines"][0]["price"].clone();
    assert_eq!(price("2021-12-20T09:59:59Z").await, "6");
    assert_eq!(price("2021-12-20T10:00:00Z").await, "12");
}

/// What a client has is quoted, and the quote is what it is then charged (invariant 14).
pub(crate) async fn a_quote_is_what_is_charged(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &services()).await;
    let client = f.client(&partner, "first", "gold").await;
    let owner = format!("{partner}/first/default");
    let hypervisor = f.hypervisor().await;
    let now = f.admin.get("/v1/clock").await.expect(200)["now"].as_str().unwrap().to_owned();
    let mut hand = Hand::of(f, hypervisor["code"].as_str().unwrap(), &now).await;
    let id = |number: u32| {
        uuid::Uuid::from_u128(
            0xABCD_0000 + u128::from(number) + u128::from(hypervisor_number(&partner)) * 100,
        )
    };
    let machines: Vec<_> = (0..3)
        .map(|number| with_disk(machine(id(number), &owner, 2, 4096), "images", Some(10 * 1024)))
        .collect();
    hand.take(&now, &machines).await;
    let has = quote(f, &format!("partner={partner}&client=first")).await;
    let wanted = quote(f, &format!(
        "partner={partner}&tariff_plan=gold&platform=kvm&vcpu=2&ram_gb=4&hdd_gb=10&disk_type=ssd&machines=3"
    )).await;
    assert_eq!(amounts(&has), amounts(&wanted));
    let contract = client["contract"]["id"].as_str().unwrap();
    let day = &now[..10];
    let report =
        f.admin.get(&format!("/v1/contract/{contract}/report?from={day}&to={day}")).await.expect(200);
    let owed = report["total"].as_str().unwrap().trim_start_matches('-').to_owned();
    assert_eq!(Some(owed.as_str()), has["first_charge"].as_str());
}

/// The lines of a quote, each with the code of its promotion.
fn lines(quote: &Value) -> Vec<String> {
    let line = |line: &Value| {
        let promotion = line["promotion"]["code"].as_str().unwrap_or("-");
        let texts =
            ["service", "service_name", "quantity", "per_period"].map(|name| line[name].as_str().unwrap());
        format!("{promotion}: {}", texts.join(" | "))
    };
    quote["lines"].as_array().unwrap().iter().map(line).collect()
}

/// A promotion that is for a configuration is in its quote, for as many machines as it is left for, and is what the
/// machines are then charged (A3 to A5, invariant 14).
pub(crate) async fn a_quote_has_the_price_of_a_promotion(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &services()).await;
    let client = f.client(&partner, "first", "gold").await;
    f.promotion(&partner, "dear", &json!({ "price_per_day": "4" })).await;
    let few = json!({ "name": "Few", "price_per_day": "2.5", "max_count": 2 });
    f.promotion(&partner, "few", &few).await;
    f.promotion(&partner, "over", &json!({ "price_per_day": "1", "ends_on": "2021-12-02" })).await;
    let one = "platform=kvm&vcpu=1&ram_gb=1&hdd_gb=10&disk_type=ssd";
    let plan = format!("partner={partner}&tariff_plan=gold");
    let quoted = quote(f, &format!("{plan}&{one}&machines=3&quantities=public_ip:1")).await;
    let address = quoted["lines"][2]["service_name"].as_str().unwrap();
    assert_eq!(
        lines(&quoted),
        [
            "few: kvm_cpu | Promotion \"Few\" | 2 | 5".to_owned(),
            "dear: kvm_cpu | Promotion \"dear\" | 1 | 4".to_owned(),
            format!("-: public_ip | {address} | 1 | 1"),
        ]
    );
    assert_eq!(&amounts(&quoted)[..3], ["10", "0.4166667", "10"]);
    // One of the four is another, or there is no system disk: the plan's prices.
    for other in
        [one.replace("vcpu=1", "vcpu=2"), one.replace("=ssd", "=sas"), "platform=kvm&vcpu=1&ram_gb=1".into()]
    {
        let quoted = quote(f, &format!("{plan}&{other}")).await;
        assert!(lines(&quoted).iter().all(|line| line.starts_with("-: ")), "{other}");
    }
    let later = quote(f, &format!("{plan}&{one}&at=2022-01-01T00:00:00Z")).await;
    assert_eq!(later["first_charge"], "36.5", "the promotions are over by then");

    let owner = format!("{partner}/first/default");
    let hypervisor = f.hypervisor().await;
    let now = f.admin.get("/v1/clock").await.expect(200)["now"].as_str().unwrap().to_owned();
    let mut hand = Hand::of(f, hypervisor["code"].as_str().unwrap(), &now).await;
    let id = || uuid::Uuid::new_v4();
    let mut machines: Vec<_> =
        (0..3).map(|_| with_disk(machine(id(), &owner, 1, 1024), "images", Some(10 * 1024))).collect();
    machines.push(with_disk(machine(id(), &owner, 2, 1024), "images", Some(10 * 1024)));
    let two = one.replace("vcpu=1", "vcpu=2");
    let wanted =
        [format!("{one}&machines=3"), two].map(|wanted| format!("partner={partner}&client=first&{wanted}"));
    let quoted = [quote(f, &wanted[0]).await, quote(f, &wanted[1]).await];
    hand.take(&now, &machines).await;
    let has = quote(f, &format!("partner={partner}&client=first")).await;
    let sum = quoted.iter().try_fold(Money::ZERO, |sum, quote| {
        sum.checked_add(quote["first_charge"].as_str().unwrap().parse().unwrap())
    });
    let first = sum.unwrap();
    assert_eq!(has["first_charge"], first.to_string());
    let day = &now[..10];
    let contract = client["contract"]["id"].as_str().unwrap();
    let path = format!("/v1/contract/{contract}/report?from={day}&to={day}");
    let report = f.admin.get(&path).await.expect(200);
    assert_eq!(report["total"], format!("-{first}"));
    // What is used up is quoted no more; what was given stays with who has it, whatever becomes of the promotion.
    assert!(lines(&quote(f, &format!("{plan}&{one}")).await)[0].starts_with("dear: "));
    f.admin.delete(&format!("/v1/promotion/few?partner={partner}")).await.expect(204);
    let still = quote(f, &format!("partner={partner}&client=first")).await;
    assert_eq!(amounts(&still), amounts(&has));
    assert!(lines(&still).contains(&": kvm_cpu | Promotion \"Few\" | 2 | 5".to_owned()), "{still}");
}

/// A number that no other partner has.
fn hypervisor_number(partner: &str) -> u32 {
    partner.rsplit('-').next().unwrap().parse().unwrap()
}

/// What cannot be quoted is told by field.
pub(crate) async fn half_a_machine_is_not_quoted(f: &Fixture) {
    let partner = f.partner().await;
    let refused =
        async |query: &str| f.admin.get(&format!("/v1/quote?partner={partner}&{query}")).await.fields();
    assert_eq!(refused("").await, ["tariff_plan"]);
    assert_eq!(refused("tariff_plan=base").await, ["quantities"]);
    assert_eq!(refused("tariff_plan=base&vcpu=1&hdd_gb=10").await, ["disk_type", "platform", "ram_gb"]);
    assert_eq!(refused("tariff_plan=base&quantities=vdc").await, ["quantities"]);
    assert_eq!(refused("tariff_plan=base&quantities=vdc:0.5").await, ["quantities"]);
    assert_eq!(refused("tariff_plan=base&quantities=cheese:1").await, ["quantities"]);
    assert_eq!(refused("tariff_plan=base&quantities=vdc:1&at=2020-01-01T00:00:00Z").await, ["at"]);
    let stranger = f.partner_admin(&f.partner().await);
    stranger.get(&format!("/v1/quote?partner={partner}&tariff_plan=base&quantities=vdc:1")).await.expect(400);
}

/// Other prices are tried on days that are over: every client's cost before and after, and nothing is changed.
pub(crate) async fn other_prices_are_tried_on_past_days(f: &Fixture) {
    let partner = f.partner().await;
    let daily = |price: &str| json!({ "price": price, "period": "day", "calendar": true });
    f.plan(&partner, "gold", &json!({ "vdc": daily("10"), "public_ip": daily("2") })).await;
    let owner = |client: &str| format!("{partner}/{client}/default");
    for client in ["first", "second", "third"] {
        f.client(&partner, client, if client == "third" { "base" } else { "gold" }).await;
    }
    let mut feed = f.source().await;
    let id =
        |number: u32| format!("00000000-0000-4000-a000-{:012}", hypervisor_number(&partner) * 100 + number);
    let day = f.admin.get("/v1/clock").await.expect(200)["now"].as_str().unwrap()[..10].to_owned();
    let now = if day == START[..10] { START.to_owned() } else { format!("{day}T10:00:00Z") };
    feed.tell(&id(1), &now, &owner("first"), json!({ "kind": "vdc" })).await;
    feed.tell(&id(2), &now, &owner("second"), json!({ "kind": "public_ip" })).await;
    feed.tell(&id(3), &now, &owner("second"), json!({ "kind": "public_ip" })).await;
    feed.tell(&id(4), &now, &owner("third"), json!({ "kind": "vdc" })).await;
    let tried = json!({ "vdc": daily("7.5"), "public_ip": daily("2.5") }).to_string();
    let services: String = tried.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let path =
        format!("/v1/plan_impact?partner={partner}&tariff_plan=gold&from={day}&to={day}&services={services}");
    let impact = f.admin.get(&path).await.expect(200);
    assert_eq!(
        ["contracts", "before", "after", "difference"].map(|name| impact[name].to_string()),
        ["2", "\"14\"", "\"12.5\"", "\"-1.5\""]
    );
    let clients: Vec<_> = impact["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|client| ["client", "before", "after", "difference"].map(|name| client[name].as_str().unwrap()))
        .collect();
    assert_eq!(clients, [["first", "10", "7.5", "-2.5"], ["second", "4", "5", "1"]]);
    assert_eq!(
        f.admin.get(&format!("{path}&limit=1")).await.expect(200)["clients"].as_array().unwrap().len(),
        1
    );
    let plan = f.admin.get(&format!("/v1/tariff_plan/gold?partner={partner}")).await.expect(200);
    assert_eq!(plan["version"], 1, "nothing is changed");
    let wrong = f.admin.get(&format!("{path}&limit=-1")).await;
    assert_eq!(wrong.fields(), ["limit"]);
    let path =
        format!("/v1/plan_impact?partner={partner}&tariff_plan=gold&from={day}&to={day}&services=cheap");
    assert_eq!(f.admin.get(&path).await.fields(), ["services"]);
    f.partner_admin(&f.partner().await).get(&path).await.expect(400);
}
