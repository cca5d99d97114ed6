//! Promotions and suspension: A1, A2, Q2, T3, and invariant 10.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    observation::{DiskType, Power, Shape, Thing},
    rate::{Charge, ChargeKind, Contract, Grant, Hold, Resource, Rule, rate},
};
use common::*;
use schemas::{
    resource::tariff_plan::{Period, PlanItem},
    service::Service,
};
use uuid::Uuid;

const MACHINE: u128 = 1;
const DISK: u128 = 2;

/// A grant of the machine and its disk at 9 rubles a day.
fn grant(id: i64, at: &str) -> Grant {
    let (machine, system_disk) = (Uuid::from_u128(MACHINE), Some(Uuid::from_u128(DISK)));
    Grant { id, promotion: 5, machine, system_disk, at: utc(at), price_per_day: "9".parse().unwrap() }
}

fn with(grants: &[Grant], holds: &[Hold]) -> Contract {
    Contract { grants: grants.to_vec(), holds: holds.to_vec(), ..contract("UTC") }
}

fn hold(from: &str, to: Option<&str>) -> Hold {
    Hold { from: utc(from), to: to.map(utc) }
}

/// vCPU at 1, RAM at 10, SSD at 100 and a licence at 1000 rubles.
fn plan(period: Period) -> [(Service, PlanItem); 5] {
    let of = |price| item(price, period, false);
    [
        (Service::KvmCpu, of("1")),
        (Service::KvmRam, of("10")),
        (Service::KvmHddUltrafast, of("100")),
        (Service::KvmHddSlow, of("100")),
        (Service::WindowsLicense, of("1000")),
    ]
}

fn charges(contract: &Contract, period: Period, resources: &[Resource], to: &str) -> Vec<Charge> {
    let plans = [version(1, 1, schemas::time::Instant::MIN, &plan(period))];
    rate(contract, &plans, resources, window(schemas::time::Instant::MIN, utc(to))).unwrap()
}

/// `service kind grant first..last total`, as they come.
fn lines(charges: &[Charge]) -> Vec<String> {
    let line = |it: &Charge| {
        let kind =
            if it.kind == ChargeKind::Promotion { format!("grant {}", it.grant) } else { "item".into() };
        format!("{} {kind} {}..{} {}", it.service, it.first_day, it.last_day, it.total)
    };
    charges.iter().map(line).collect()
}

/// A machine of so many vCPUs and 1 GB.
fn vm(vcpu: u32) -> Option<Shape> {
    Some(shape(machine(vcpu, 1024)))
}

fn windows() -> Option<Shape> {
    let platform = billing::observation::Platform::Kvm;
    Some(shape(Thing::Machine { platform, cpu_class_3_2: false, vcpu: 1, ram_mib: 1024, windows: true }))
}

fn ssd(gb: u64) -> Option<Shape> {
    Some(shape(disk(Some(DiskType::Ssd), gb)))
}

/// A1: at creation the items are never booked; the licence is no part of a promotion.
#[test]
fn a_machine_granted_at_creation_has_one_line() {
    let born = "2024-01-01T10:00";
    let resources = [resource(MACHINE, &[(utc(born), windows())]), resource(DISK, &[(utc(born), ssd(1))])];
    let charges = charges(&with(&[grant(3, born)], &[]), Period::Month, &resources, "2024-01-03T12:00");
    assert_eq!(
        lines(&charges),
        ["kvm_cpu grant 3 2024-01-01..2024-01-03 27", "windows_license item 2024-01-01..2024-01-01 1000"]
    );
    let line = &charges[0];
    assert_eq!((line.plan, line.version, line.rule, line.period), (0, 0, Rule::A1, Period::Day));
    assert_eq!((line.price.to_string().as_str(), line.quantity_per_day, line.calendar), ("9", 1, false));
}

/// A1: at a reconfiguration nothing comes back, and the day begins with the grant's own instant.
#[test]
fn a_grant_at_a_reconfiguration_ends_the_items() {
    let born = utc("2024-01-01T10:00");
    let resources = [
        resource(MACHINE, &[(born, vm(1)), (utc("2024-01-03T15:00"), vm(2))]),
        resource(DISK, &[(born, ssd(1))]),
    ];
    let contract = with(&[grant(3, "2024-01-03T15:00")], &[]);
    assert_eq!(
        lines(&charges(&contract, Period::Day, &resources, "2024-01-05T14:00")),
        [
            "kvm_cpu item 2024-01-01..2024-01-03 3",
            "kvm_cpu grant 3 2024-01-03..2024-01-04 18",
            "kvm_ram item 2024-01-01..2024-01-03 30",
            "kvm_hdd_ultrafast item 2024-01-01..2024-01-03 300",
        ]
    );
}

/// A1: the line stands under the processors that the machine has since, not under those that it had before.
#[test]
fn a_grant_at_a_reconfiguration_is_shown_as_what_the_machine_became() {
    let platform = billing::observation::Platform::Vmware;
    let fast = Thing::Machine { platform, cpu_class_3_2: true, vcpu: 1, ram_mib: 1024, windows: false };
    let changed = "2024-01-03T15:00";
    let states = [(utc("2024-01-01T10:00"), vm(1)), (utc(changed), Some(shape(fast)))];
    let contract = with(&[grant(3, changed)], &[]);
    let shown = lines(&charges(&contract, Period::Day, &[resource(MACHINE, &states)], "2024-01-04T14:00"));
    assert!(shown.contains(&"vmware_cpu_3_2 grant 3 2024-01-03..2024-01-03 9".to_owned()), "{shown:?}");
}

/// A2, invariant 10: a grant ends exactly at the reconfiguration, also one that is taken back; then the items start
/// anew, in full, anchored there.
#[test]
fn a_reconfiguration_ends_a_grant() {
    let born = "2024-01-01T10:00";
    let (changed, back) = ("2024-01-03T16:00", "2024-01-03T16:01");
    let constant = |id, state: Option<Shape>| resource(id, &[(utc(born), state)]);
    let changing = |id, one: Option<Shape>, other: Option<Shape>| {
        resource(id, &[(utc(born), one.clone()), (utc(changed), other), (utc(back), one)])
    };
    let hdd = Some(shape(disk(Some(DiskType::Sata), 1)));
    let more_ram = Some(shape(machine(1, 2048)));
    for resources in [
        [changing(MACHINE, vm(1), vm(2)), constant(DISK, ssd(1))],
        [changing(MACHINE, vm(1), more_ram), constant(DISK, ssd(1))],
        [constant(MACHINE, vm(1)), changing(DISK, ssd(1), ssd(2))],
        [constant(MACHINE, vm(1)), changing(DISK, ssd(1), hdd)],
    ] {
        let contract = with(&[grant(3, born)], &[]);
        let shown = charges(&contract, Period::Month, &resources, "2024-02-05T00:00");
        let first = |service: Service, kind: ChargeKind| {
            let mut own = shown.iter().filter(move |it| it.service == service && it.kind == kind);
            own.next().map(|it| it.first_day.to_string()).unwrap()
        };
        let line = shown.iter().find(|it| it.kind == ChargeKind::Promotion).unwrap();
        assert_eq!(
            (line.last_day.to_string().as_str(), line.total.to_string().as_str()),
            ("2024-01-03", "27")
        );
        for service in [Service::KvmCpu, Service::KvmRam, Service::KvmHddUltrafast] {
            assert_eq!(first(service, ChargeKind::Item), "2024-01-03", "{resources:?}");
        }
        assert!(shown.iter().any(|it| it.first_day == date("2024-02-03")), "anchored where the grant ended");
    }
}

/// A2: power, a further disk, the loss of the system disk and a plan's edit do not end a grant.
#[test]
fn other_changes_do_not_end_a_grant() {
    let born = "2024-01-01T10:00";
    let off = vm(1).map(|shape| Shape { power: Power::Off, ..shape });
    let resources = [
        resource(
            MACHINE,
            &[(utc(born), vm(1)), (utc("2024-01-02T00:00"), off), (utc("2024-01-04T09:00"), None)],
        ),
        resource(DISK, &[(utc(born), ssd(1)), (utc("2024-01-04T08:59"), None)]),
        resource(9, &[(utc("2024-01-02T00:00"), ssd(1))]),
    ];
    let contract = with(&[grant(3, born)], &[]);
    assert_eq!(
        lines(&charges(&contract, Period::Month, &resources, "2024-02-01T00:00")),
        ["kvm_cpu grant 3 2024-01-01..2024-01-03 27", "kvm_hdd_ultrafast item 2024-01-02..2024-01-02 100"]
    );
}

/// A2: a system disk that another one took the place of is told by who saw it.
#[test]
fn a_grant_ends_where_it_is_said_to() {
    let born = "2024-01-01T10:00";
    let resources = [
        resource(MACHINE, &[(utc(born), vm(1))]),
        resource(DISK, &[(utc(born), ssd(1)), (utc("2024-01-02T09:59"), None)]),
        resource(9, &[(utc("2024-01-02T10:00"), ssd(1))]),
    ];
    let end = Grant::end(Uuid::from_u128(MACHINE), utc("2024-01-02T10:00"));
    let again = Grant { system_disk: Some(Uuid::from_u128(9)), ..grant(4, "2024-01-02T10:00") };
    let shown =
        |grants: &[Grant]| lines(&charges(&with(grants, &[]), Period::Day, &resources, "2024-01-03T09:00"));
    assert_eq!(
        shown(&[grant(3, born), end]),
        [
            "kvm_cpu item 2024-01-02..2024-01-02 1",
            "kvm_cpu grant 3 2024-01-01..2024-01-01 9",
            "kvm_ram item 2024-01-02..2024-01-02 10",
            "kvm_hdd_ultrafast item 2024-01-02..2024-01-02 100",
        ]
    );
    assert_eq!(
        shown(&[end, again, grant(3, born)]),
        ["kvm_cpu grant 3 2024-01-01..2024-01-01 9", "kvm_cpu grant 4 2024-01-02..2024-01-02 9"]
    );
}

/// A5, invariant 10: never two at once; a further grant takes the first one's place.
#[test]
fn a_machine_has_one_grant_at_a_time() {
    let born = "2024-01-01T10:00";
    let resources = [
        resource(MACHINE, &[(utc(born), vm(1)), (utc("2024-01-03T10:00"), vm(2))]),
        resource(DISK, &[(utc(born), ssd(1))]),
    ];
    let cheaper = Grant { price_per_day: "4".parse().unwrap(), ..grant(4, "2024-01-03T10:00") };
    let contract = with(&[cheaper, grant(3, born)], &[]);
    assert_eq!(
        lines(&charges(&contract, Period::Day, &resources, "2024-01-04T12:00")),
        ["kvm_cpu grant 3 2024-01-01..2024-01-02 18", "kvm_cpu grant 4 2024-01-03..2024-01-04 8"]
    );
}

/// Q2, T3: while a contract is held its machines cost nothing, its disks and licences go on; boundaries run on, and a
/// period that is paid is not paid again.
#[test]
fn a_hold_stops_machine_services_only() {
    let born = utc("2024-01-01T10:00");
    let resources = [resource(MACHINE, &[(born, windows())]), resource(DISK, &[(born, ssd(1))])];
    let held = [
        hold("2024-01-03T18:00", Some("2024-01-05T20:00")),
        hold("2024-01-08T09:00", Some("2024-01-08T20:00")),
        hold("2024-01-02T12:00", Some("2024-01-04T00:00")),
    ];
    let charges = charges(&with(&[], &held), Period::Day, &resources, "2024-01-09T12:00");
    let days_of = |service: Service| {
        let own: Vec<_> = charges.iter().filter(|it| it.service == service).cloned().collect();
        days(&own).into_iter().map(|(day, _)| day).collect::<Vec<_>>()
    };
    // The period from the 2nd, 10:00, was paid; the one from the 5th, 10:00, is paid when the hold ends, in full.
    let machine = ["01", "02", "05", "06", "07", "08", "09"].map(|day| format!("2024-01-{day}"));
    assert_eq!(days_of(Service::KvmCpu), machine);
    assert_eq!(days_of(Service::KvmRam), machine);
    assert_eq!(days_of(Service::KvmHddUltrafast).len(), 9);
    assert_eq!(days_of(Service::WindowsLicense).len(), 9);
    let cpu: Vec<_> = charges.iter().filter(|it| it.service == Service::KvmCpu).collect();
    assert_eq!((cpu[1].starts_per_day, cpu[1].rises_per_day), (0, 1), "boundaries ran on");
}

/// Q2: the line of a promotion is held too, and its day has the grant's anchor afterwards; a hold within a paid period
/// costs nothing more.
#[test]
fn a_hold_stops_the_line_of_a_promotion() {
    let born = "2024-01-01T10:00";
    let resources = [resource(MACHINE, &[(utc(born), vm(1))]), resource(DISK, &[(utc(born), ssd(1))])];
    let contract = with(&[grant(3, born)], &[hold("2024-01-02T11:00", Some("2024-01-04T09:00"))]);
    let shown = lines(&charges(&contract, Period::Day, &resources, "2024-01-05T09:00"));
    let expected = ["kvm_cpu grant 3 2024-01-01..2024-01-02 18", "kvm_cpu grant 3 2024-01-04..2024-01-04 18"];
    assert_eq!(shown, expected);
    let within = with(&[grant(3, born)], &[hold("2024-01-02T11:00", Some("2024-01-03T10:00"))]);
    assert_eq!(
        lines(&charges(&within, Period::Day, &resources, "2024-01-04T09:00")),
        ["kvm_cpu grant 3 2024-01-01..2024-01-03 27"]
    );
    let open = with(&[grant(3, born)], &[hold("2024-01-01T10:00", None)]);
    assert_eq!(lines(&charges(&open, Period::Day, &resources, "2024-02-01T00:00")), Vec::<String>::new());
}
