//! The golden facts of the design and the guide, one test each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    observation::{DiskType, Kind, Platform, Power, Shape, Thing},
    period::{Boundaries, civil_day, day_start},
    rate::{PlanMove, RateError, Resource, rate},
    report::{Detail, report},
};
use common::*;
use schemas::{
    money::{Money, residual},
    resource::tariff_plan::{Period, PlanItem, While},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;
use uuid::Uuid;

const MOSCOW: &str = "Europe/Moscow";

/// The first days of charges of one vCPU, ordered at `order`, seen until `end`.
fn charged_days(zone_name: &str, period: Period, calendar: bool, order: &str, end: &str) -> Vec<String> {
    let items =
        [(Service::KvmCpu, item("6", period, calendar)), (Service::KvmRam, item("0", Period::Year, false))];
    let order = local(order, zone_name);
    let charges =
        rated(zone_name, &items, since(1, order, machine(1, 0)), window(order, local(end, zone_name)));
    days(&charges.unwrap()).into_iter().map(|(day, amount)| format!("{day} {amount}")).collect()
}

/// F2, 3.1-08, 3.1-09, 3.1-11, TV-10.
#[test]
fn monthly_calendar() {
    let days = charged_days(MOSCOW, Period::Month, true, "2021-10-05T14:30", "2021-12-02T00:00");
    assert_eq!(days, ["2021-10-05 6", "2021-11-01 6", "2021-12-01 6"]);
}

/// F2, 3.1-10, 3.1-11, TV-11.
#[test]
fn monthly_from_the_order() {
    let days = charged_days(MOSCOW, Period::Month, false, "2021-10-05T14:30", "2021-12-06T00:00");
    assert_eq!(days, ["2021-10-05 6", "2021-11-05 6", "2021-12-05 6"]);
}

/// T1: always from the anchor, in the month's last day where it is too short.
#[test]
fn monthly_from_the_last_of_december() {
    let days = charged_days(MOSCOW, Period::Month, false, "2022-12-31T10:00", "2024-04-01T00:00");
    let days: Vec<&str> = days.iter().map(|day| &day[..10]).collect();
    assert_eq!(days[..5], ["2022-12-31", "2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"]);
    assert_eq!(days[12..], ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"]);
}

/// T1.
#[test]
fn yearly_from_the_29th_of_february() {
    let days = charged_days(MOSCOW, Period::Year, false, "2024-02-29T10:00", "2028-12-31T00:00");
    assert_eq!(days, ["2024-02-29 6", "2025-02-28 6", "2026-02-28 6", "2027-02-28 6", "2028-02-29 6"]);
}

/// T2: days of 23 and 25 hours are one day each, and hours are real hours.
#[test]
fn new_york_changes_its_clocks() {
    for (from, to, hours) in [("2024-03-09", "2024-03-11", 47), ("2024-11-02", "2024-11-04", 49)] {
        let (from, to) = (format!("{from}T00:00"), format!("{to}T00:00"));
        assert_eq!(charged_days("America/New_York", Period::Day, true, &from, &to).len(), 2);
        assert_eq!(charged_days("America/New_York", Period::Day, false, &from, &to).len(), 2);
        for calendar in [false, true] {
            let zone_name = "America/New_York";
            let from = local(&from, zone_name);
            let boundaries = Boundaries::new(from, Period::Hour, calendar, zone(zone_name));
            assert_eq!(boundaries.count(from, local(&to, zone_name)), Some(hours));
        }
    }
}

/// T2: half an hour of change makes an hour of 90 minutes with `calendar`.
#[test]
fn lord_howe_has_an_hour_of_90_minutes() {
    let name = "Australia/Lord_Howe";
    for (day, hours) in [("2024-04-07", 24), ("2024-10-06", 23)] {
        let start = local(&format!("{day}T00:00"), name);
        let end = day_start(date(day).tomorrow().unwrap(), &zone(name)).unwrap();
        let boundaries = Boundaries::new(start, Period::Hour, true, zone(name));
        let instants: Vec<i64> = boundaries.between(start, end).map(Instant::micros).collect();
        assert_eq!(instants.len(), hours);
        let longest = instants.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert_eq!(longest, Some(90 * 60 * 1_000_000));
    }
}

/// T2: Kathmandu is 5:45 ahead, so its calendar hours begin at a quarter past those of UTC.
#[test]
fn kathmandu_hours_begin_at_a_quarter() {
    let boundaries = Boundaries::new(utc("2024-01-01T00:00"), Period::Hour, true, zone("Asia/Kathmandu"));
    assert_eq!(boundaries.after(utc("2024-01-01T00:00")), Some(utc("2024-01-01T00:15")));
    assert_eq!(boundaries.after(utc("2024-01-01T00:15")), Some(utc("2024-01-01T01:15")));
}

/// T2: the day that Apia left out costs nothing, with and without `calendar`.
#[test]
fn apia_left_out_a_day() {
    for calendar in [false, true] {
        let days =
            charged_days("Pacific/Apia", Period::Day, calendar, "2011-12-28T10:00", "2012-01-01T23:00");
        assert_eq!(days, ["2011-12-28 6", "2011-12-29 6", "2011-12-31 6", "2012-01-01 6"]);
    }
    let zone = zone("Pacific/Apia");
    assert_eq!(day_start(date("2011-12-30"), &zone), day_start(date("2011-12-31"), &zone));
}

/// D1: where the clock goes back over midnight, the day that has begun goes on.
#[test]
fn saint_johns_goes_back_over_midnight() {
    let zone = zone("America/St_Johns");
    let begun = utc("2010-11-07T02:30");
    assert_eq!(begun.day_in(&zone), date("2010-11-07"));
    let again = utc("2010-11-07T02:45");
    assert_eq!(again.day_in(&zone), date("2010-11-06"));
    assert_eq!(civil_day(again, &zone), date("2010-11-07"));
}

/// D1: each start rounds by itself, half-even, to 10^-7.
#[test]
fn each_start_rounds_by_itself() {
    for (mib, each) in [(512, 0), (513, 1), (1024 + 512, 2), (2048 + 512, 2)] {
        let items = [(Service::Snapshot, item("0.0000001", Period::Minute, false))];
        let snapshot = since(1, utc("2024-01-01T00:00"), Thing::Snapshot { size_mib: mib });
        let day = window(utc("2024-01-01T00:00"), utc("2024-01-02T00:00"));
        let charges = rated("UTC", &items, snapshot, day).unwrap();
        assert_eq!(charges.len(), 1, "D1: a line of 0 is kept");
        assert_eq!((charges[0].starts_per_day, charges[0].amount_per_day.units()), (1440, 1440 * each));
        assert_eq!(charges[0].quantity_per_day, 1440 * mib);
    }
}

/// The resources of the guide's figure 75, all there since the evening before.
fn figure_75() -> (Vec<Resource>, BTreeMap<Uuid, Kind>) {
    let things = [
        disk(Some(DiskType::Ssd), 10),
        Thing::Image { size_mib: 10 * 1024 },
        Thing::Vdc,
        machine(1, 1024),
        Thing::PublicIp,
    ];
    let ids = (0x954f_d467_u128..).map(|id| id << 96);
    let resources: Vec<_> = ids
        .zip(&things)
        .map(|(id, thing)| since(id, local("2021-12-19T20:00", MOSCOW), thing.clone()))
        .collect();
    let kinds = resources.iter().map(|it| (it.id, it.intervals[0].shape.thing.kind())).collect();
    (resources, kinds)
}

/// 7.8-05, 7.8-06, 7.8-07, TV-01 to TV-07.
#[test]
fn figure_75_to_the_kopeck() {
    let items = [
        (Service::KvmHddUltrafast, item("3", Period::Day, true)),
        (Service::Iso, item("10", Period::Day, true)),
        (Service::Vdc, item("0", Period::Day, true)),
        (Service::KvmCpu, item("6", Period::Day, true)),
        (Service::KvmRam, item("5", Period::Day, true)),
        (Service::PublicIp, item("1", Period::Day, true)),
    ];
    let (resources, kinds) = figure_75();
    let to = window(Instant::MIN, local("2021-12-22T00:00", MOSCOW));
    let charges = rate(&contract(MOSCOW), &[version(1, 1, Instant::MIN, &items)], &resources, to).unwrap();
    let day = date("2021-12-20");
    let report = report(&charges, &kinds, &BTreeMap::new(), day, day, Detail::Day).unwrap();
    let [section] = report.sections.as_slice() else { panic!("one day") };
    let rows: Vec<String> = section
        .objects
        .iter()
        .flat_map(|object| object.rows.iter().map(|row| (object.name.clone(), row)))
        .map(|(name, row)| {
            format!("{name} {} {} {}", row.service, row.consumption, row.amount.to_rubles_text())
        })
        .collect();
    assert_eq!(
        rows,
        [
            "disk-954fd467 kvm_hdd_ultrafast 10 GB x day -30.00",
            "image-954fd468 iso 10 GB x day -100.00",
            "vdc-954fd469 vdc 1 pc x day 0.00",
            "vm-954fd46a kvm_cpu 1 pc x day -6.00",
            "vm-954fd46a kvm_ram 1 GB x day -5.00",
            "port-954fd46b public_ip 1 pc x day -1.00",
        ]
    );
    assert_eq!((section.date, section.amount.to_rubles_text().as_str()), (day, "-142.00"));
    assert_eq!(report.amount, section.amount);
}

/// Rounded where it is shown, and never in the ledger: what the lines do not make up of their total is named.
#[test]
fn three_lines_of_a_third() {
    let items = [(Service::PublicIp, item("0.333", Period::Day, true))];
    let at = utc("2024-01-01T00:00");
    let addresses: Vec<_> = (1..=3).map(|id| since(id, at, Thing::PublicIp)).collect();
    let kinds = addresses.iter().map(|it| (it.id, Kind::PublicIp)).collect();
    let until = window(at, utc("2024-01-02T00:00"));
    let charges = rate(&contract("UTC"), &[version(1, 1, Instant::MIN, &items)], &addresses, until).unwrap();
    assert_eq!(cost(&charges), 9_990_000, "the ledger holds 0.9990000");
    let day = date("2024-01-01");
    let report = report(&charges, &kinds, &BTreeMap::new(), day, day, Detail::Day).unwrap();
    let lines: Vec<Money> =
        report.sections[0].objects.iter().flat_map(|it| it.rows.iter().map(|row| row.amount)).collect();
    let shown: Vec<String> = lines.iter().map(|line| line.to_rubles_text()).collect();
    assert_eq!(shown, ["-0.33", "-0.33", "-0.33"]);
    assert_eq!(report.amount.to_rubles_text(), "-1.00");
    assert_eq!(residual(report.amount, lines).unwrap().to_rubles_text(), "-0.01");
}

/// D1: consumption is what was charged, at any price and detail.
#[test]
fn consumption_is_shown_also_at_price_0() {
    let from = local("2021-12-01T00:00", MOSCOW);
    let to = local("2022-01-01T00:00", MOSCOW);
    let items = [(Service::KvmHddUltrafast, item("3", Period::Day, true))];
    let (resources, kinds) = figure_75();
    let resources: Vec<_> = resources
        .into_iter()
        .map(|it| since(it.id.as_u128(), from, it.intervals[0].shape.thing.clone()))
        .collect();
    let plan = [version(1, 1, Instant::MIN, &items)];
    let charges = rate(&contract(MOSCOW), &plan, &resources, window(from, to)).unwrap();
    assert!(charges.iter().all(|charge| charge.last_day == date("2021-12-31")), "a month is one line");
    let texts = |detail| {
        let report =
            report(&charges, &kinds, &BTreeMap::new(), date("2021-12-01"), date("2021-12-31"), detail)
                .unwrap();
        let sections = report.sections.len();
        let rows =
            report.sections.into_iter().next().unwrap().objects.into_iter().flat_map(|object| object.rows);
        (sections, rows.map(|row| row.consumption).collect::<Vec<_>>())
    };
    let (days, day) = texts(Detail::Day);
    assert_eq!((days, day[0].as_str(), day[3].as_str()), (31, "10 GB x day", "1440 pc x min"));
    let (months, month) = texts(Detail::Month);
    assert_eq!((months, month[0].as_str(), month[3].as_str()), (1, "310 GB x day", "44640 pc x min"));
    assert_eq!((texts(Detail::Week).0, texts(Detail::Year).0), (5, 1));
}

/// Sizes below a GB are shown exactly.
#[test]
fn a_fraction_of_a_gb_is_exact() {
    let items = [(Service::Snapshot, item("2", Period::Day, true))];
    let snapshot = since(1, utc("2024-01-01T00:00"), Thing::Snapshot { size_mib: 10 * 1024 + 1 });
    let id = snapshot.id;
    let charges = rated("UTC", &items, snapshot, window(Instant::MIN, utc("2024-01-02T00:00"))).unwrap();
    let kinds = BTreeMap::from([(id, Kind::Snapshot)]);
    let day = date("2024-01-01");
    let report = report(&charges, &kinds, &BTreeMap::new(), day, day, Detail::Day).unwrap();
    assert_eq!(report.sections[0].objects[0].rows[0].consumption, "10.0009765625 GB x day");
    assert_eq!(report.amount.to_string(), "-20.0019531");
}

/// F1: a rise is charged at once, a fall and a deletion bring nothing back.
#[test]
fn a_rise_is_charged_and_a_fall_is_not() {
    let items = [(Service::Snapshot, item("10", Period::Month, true))];
    let gb = |gb: u64| Some(shape(Thing::Snapshot { size_mib: gb * 1024 }));
    let snapshot = resource(
        1,
        &[
            (utc("2024-01-10T00:00"), gb(10)),
            (utc("2024-01-12T00:00"), gb(15)),
            (utc("2024-01-13T00:00"), gb(5)),
            (utc("2024-01-14T00:00"), gb(12)),
            (utc("2024-02-03T00:00"), gb(7)),
            (utc("2024-02-10T00:00"), None),
        ],
    );
    let charges = rated("UTC", &items, snapshot, ever()).unwrap();
    let shown: Vec<_> = charges
        .iter()
        .map(|it| (it.first_day.to_string(), it.starts_per_day, it.rises_per_day, it.total.to_string()))
        .collect();
    let expected = [("2024-01-10", 1, 0, "100"), ("2024-01-12", 0, 1, "50"), ("2024-02-01", 1, 0, "120")];
    assert_eq!(shown, expected.map(|(day, starts, rises, total)| (day.into(), starts, rises, total.into())));
}

/// F1, Q2, T3: a period that rises from 0 half-way is charged then, in full; boundaries run on while it is off.
#[test]
fn running_is_charged_from_the_start_of_the_machine() {
    let mut hourly = item("6", Period::Hour, false);
    hourly.charged_while = While::Running;
    let items = [(Service::KvmCpu, hourly)];
    let power = |power| Some(Shape { power, ..shape(machine(1, 0)) });
    let vm = resource(
        1,
        &[
            (utc("2024-01-01T00:10"), power(Power::Off)),
            (utc("2024-01-01T01:20"), power(Power::Running)),
            (utc("2024-01-01T01:30"), power(Power::Off)),
            (utc("2024-01-01T01:40"), power(Power::Paused)),
            (utc("2024-01-01T02:00"), power(Power::Off)),
            (utc("2024-01-01T05:00"), power(Power::Running)),
            (utc("2024-01-01T05:20"), None),
        ],
    );
    let charges = rated("UTC", &items, vm, ever()).unwrap();
    let cpu = charges.iter().find(|charge| charge.service == Service::KvmCpu).unwrap();
    assert_eq!((cpu.starts_per_day, cpu.rises_per_day, cpu.total.to_string().as_str()), (1, 1, "12"));
}

/// V2: a change of disk type is a fall of one service and a new anchor of the other, both in full, each time.
#[test]
fn a_change_of_disk_type_is_charged_in_full() {
    let monthly = item("1", Period::Month, false);
    let items = [(Service::KvmHddSlow, monthly), (Service::KvmHddUltrafast, monthly)];
    let of = |disk_type| Some(shape(disk(disk_type, 10)));
    let hdd = resource(
        1,
        &[
            (utc("2024-01-01T00:00"), of(Some(DiskType::Ssd))),
            (utc("2024-01-05T00:00"), of(Some(DiskType::Sata))),
            (utc("2024-01-09T00:00"), of(None)),
            (utc("2024-01-10T00:00"), of(Some(DiskType::Sata))),
            (utc("2024-01-20T00:00"), of(Some(DiskType::Ssd))),
            (utc("2024-02-25T00:00"), None),
        ],
    );
    let charges = rated("UTC", &items, hdd, ever()).unwrap();
    let shown: Vec<_> = charges.iter().map(|it| (it.service.id(), it.first_day.to_string())).collect();
    let (slow, fast) = ("kvm_hdd_slow", "kvm_hdd_ultrafast");
    let expected = [(slow, "2024-01-05"), (fast, "2024-01-01"), (fast, "2024-01-20"), (fast, "2024-02-20")];
    assert_eq!(shown, expected.map(|(service, day)| (service, day.to_owned())));
}

/// V1: the price in force at the boundary counts; a rise uses the running period's own.
#[test]
fn an_edit_counts_from_the_next_boundary() {
    let at = |price, from: &str, number| {
        version(1, number, utc(from), &[(Service::Snapshot, item(price, Period::Month, true))])
    };
    let versions = [
        at("1", "2024-01-01T00:00", 1),
        at("90", "2024-01-15T00:00", 2),
        at("2", "2024-01-20T00:00", 3),
        at("3", "2024-03-01T00:00", 4),
    ];
    let gb = |gb: u64| Some(shape(Thing::Snapshot { size_mib: gb * 1024 }));
    let snapshot = resource(1, &[(utc("2024-01-10T00:00"), gb(1)), (utc("2024-01-25T00:00"), gb(3))]);
    let mut contract = contract("UTC");
    contract.plan_moves[0].at = utc("2024-01-01T00:00");
    let charges =
        rate(&contract, &versions, &[snapshot], window(Instant::MIN, utc("2024-03-02T00:00"))).unwrap();
    let shown: Vec<_> =
        charges.iter().map(|it| (it.first_day.to_string(), it.version, it.total.to_string())).collect();
    let expected =
        [("2024-01-10", 1, "1"), ("2024-01-25", 1, "2"), ("2024-02-01", 3, "6"), ("2024-03-01", 4, "9")];
    assert_eq!(shown, expected.map(|(day, version, total)| (day.into(), version, total.into())));
}

/// V1: a new length waits for the running period's end, which is its anchor.
#[test]
fn a_new_length_begins_at_the_end_of_the_old_period() {
    let monthly = version(1, 1, Instant::MIN, &[(Service::Vdc, item("30", Period::Month, false))]);
    let daily = version(1, 2, utc("2024-01-20T00:00"), &[(Service::Vdc, item("1", Period::Day, false))]);
    let calendar = version(1, 3, utc("2024-02-11T20:00"), &[(Service::Vdc, item("9", Period::Month, true))]);
    let vdc = since(1, utc("2024-01-10T12:00"), Thing::Vdc);
    let until = window(Instant::MIN, utc("2024-03-02T00:00"));
    let charges = rate(&contract("UTC"), &[daily, calendar, monthly], &[vdc], until).unwrap();
    let shown: Vec<_> = days(&charges).into_iter().map(|(day, amount)| format!("{day} {amount}")).collect();
    assert_eq!(shown, ["2024-01-10 30", "2024-02-10 1", "2024-02-11 1", "2024-02-12 9", "2024-03-01 9"]);
}

/// V1: while no period runs, an edit counts at once.
#[test]
fn an_edit_counts_at_once_while_nothing_runs() {
    let running = while_running("5");
    let versions = [
        version(1, 1, Instant::MIN, &[(Service::KvmCpu, running)]),
        version(1, 2, utc("2024-01-03T07:00"), &[(Service::KvmCpu, item("4", Period::Day, false))]),
    ];
    let off = Shape { power: Power::Off, ..shape(machine(1, 0)) };
    let vm = resource(1, &[(utc("2024-01-01T00:00"), Some(off)), (utc("2024-01-04T08:00"), None)]);
    let charges = rate(&contract("UTC"), &versions, &[vm], ever()).unwrap();
    assert_eq!(
        days(&charges),
        [("2024-01-03".to_owned(), "4".to_owned()), ("2024-01-04".to_owned(), "4".to_owned())]
    );
}

/// An item charged by the day while the machine runs.
fn while_running(price: &str) -> PlanItem {
    PlanItem { charged_while: While::Running, ..item(price, Period::Day, false) }
}

/// Somebody else's time, and nobody's, costs nothing; periods run on through it (T3).
#[test]
fn only_the_owner_pays() {
    let items = [(Service::Vdc, item("1", Period::Month, true))];
    let of = |contract| Some(Shape { contract, ..shape(Thing::Vdc) });
    let vdc = resource(
        1,
        &[
            (utc("2024-01-05T00:00"), of(None)),
            (utc("2024-01-10T00:00"), of(Some(CONTRACT))),
            (utc("2024-01-12T00:00"), of(Some(CONTRACT + 1))),
            (utc("2024-01-14T00:00"), of(Some(CONTRACT))),
            (utc("2024-01-20T00:00"), of(None)),
        ],
    );
    let charges = rated("UTC", &items, vdc, ever()).unwrap();
    assert_eq!(days(&charges), [("2024-01-10".to_owned(), "1".to_owned())]);
}

/// Nothing is charged before the contract has a plan; a plan without a version in force is an error.
#[test]
fn no_plan_no_charge_and_no_version_no_guess() {
    let mut contract = contract("UTC");
    contract.plan_moves = vec![PlanMove { at: utc("2024-01-02T06:00"), plan: 1 }];
    let items = [(Service::Vdc, item("1", Period::Day, false))];
    let vdc = [since(1, utc("2024-01-01T00:00"), Thing::Vdc)];
    let until = window(Instant::MIN, utc("2024-01-03T00:00"));
    let charges = rate(&contract, &[version(1, 1, Instant::MIN, &items)], &vdc, until).unwrap();
    assert_eq!(days(&charges), [("2024-01-02".to_owned(), "1".to_owned())]);
    let late = [version(1, 1, utc("2024-01-02T07:00"), &items)];
    let refused = rate(&contract, &late, &vdc, until);
    assert_eq!(refused, Err(RateError::NoVersion { plan: 1, at: utc("2024-01-02T06:00") }));
}

/// Of two moves at one instant the last counts, whatever versions the other plan has later.
#[test]
fn the_last_of_two_moves_at_once_counts() {
    let mut contract = contract("UTC");
    let at = utc("2024-01-02T00:00");
    contract.plan_moves.extend([PlanMove { at, plan: 2 }, PlanMove { at, plan: 1 }]);
    let of = |plan, number, from, price| {
        version(plan, number, from, &[(Service::Vdc, item(price, Period::Day, true))])
    };
    let plans = [
        of(1, 1, Instant::MIN, "1"),
        of(2, 1, Instant::MIN, "7"),
        of(2, 2, utc("2024-01-02T10:00"), "9"),
        of(1, 2, utc("2024-01-03T10:00"), "3"),
    ];
    let until = window(Instant::MIN, utc("2024-01-05T00:00"));
    let charges = rate(&contract, &plans, &[since(1, utc("2024-01-01T00:00"), Thing::Vdc)], until).unwrap();
    let amounts: Vec<_> = days(&charges).into_iter().map(|(_, amount)| amount).collect();
    assert_eq!(amounts, ["1", "1", "1", "3"]);
}

/// Every thing uses the services that the design lists for it.
#[test]
fn things_use_their_services() {
    let machine = |platform, cpu_class_3_2, windows| Thing::Machine {
        platform,
        cpu_class_3_2,
        vcpu: 2,
        ram_mib: 512,
        windows,
    };
    let (kvm, vmware) = (Platform::Kvm, Platform::Vmware);
    let text = |thing: Thing| {
        let uses = billing::observation::services(&thing);
        uses.map(|(service, quantity)| format!("{service} {quantity}")).collect::<Vec<_>>().join(", ")
    };
    let disk = |platform, disk_type| Thing::Disk { platform, disk_type, size_mib: 3 };
    for (thing, expected) in [
        (machine(kvm, false, false), "kvm_cpu 2, kvm_ram 512"),
        (machine(kvm, true, true), "kvm_cpu 2, kvm_ram 512, windows_license 2"),
        (machine(vmware, false, false), "vmware_cpu 2, vmware_ram 512"),
        (machine(vmware, true, false), "vmware_cpu_3_2 2, vmware_ram_3_2 512"),
        (disk(kvm, Some(DiskType::Sata)), "kvm_hdd_slow 3"),
        (disk(kvm, Some(DiskType::Sas)), "kvm_hdd_fast 3"),
        (disk(kvm, Some(DiskType::Ssd)), "kvm_hdd_ultrafast 3"),
        (disk(vmware, Some(DiskType::Sata)), "vmware_hdd_slow 3"),
        (disk(vmware, Some(DiskType::Sas)), "vmware_hdd_fast 3"),
        (disk(vmware, Some(DiskType::Ssd)), "vmware_hdd_ultrafast 3"),
        (disk(vmware, None), ""),
        (Thing::Vdc, "vdc 1"),
        (Thing::Network { platform: kvm }, "kvm_network 1"),
        (Thing::Network { platform: vmware }, "vmware_network 1"),
        (Thing::Router { platform: kvm }, "kvm_router 1"),
        (Thing::Router { platform: vmware }, "vmware_router 1"),
        (Thing::LoadBalancer, "lbaas 1"),
        (Thing::PublicIp, "public_ip 1"),
        (Thing::Ipsec, "ipsec_con 1"),
        (Thing::Snapshot { size_mib: 5 }, "snapshot 5"),
        (Thing::Image { size_mib: 5 }, "iso 5"),
        (Thing::Backup { platform: kvm, size_mib: 5 }, "kvm_backup_storage 5"),
        (Thing::Backup { platform: vmware, size_mib: 5 }, "veeam_storage 5"),
        (Thing::ObjectStorage { size_mib: 5 }, "s3_storage 5"),
        (Thing::VeeamLicense, "veeam_license 1"),
    ] {
        assert_eq!(text(thing.clone()), expected, "{thing:?}");
    }
}
