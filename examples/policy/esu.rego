# What a plan may not do without a person's word, for OPA and conftest:
#
#   terraform show -json plan > plan.json
#   conftest test --policy examples/policy plan.json
package main

import rego.v1

# A price may rise by this share in one plan.
max_rise := 0.2

# What must never go away unnoticed.
kept_types := {"esu_client", "esu_clients", "esu_partner", "esu_tariff_plan", "esu_hypervisor", "esu_domain"}

# A deletion, or a replacement, which deletes as well.
deny contains message if {
	some change in input.resource_changes
	change.type in kept_types
	"delete" in change.change.actions
	message := sprintf("%s would be deleted", [change.address])
}

deny contains message if {
	some change in input.resource_changes
	change.type == "esu_client"
	is_kept(change)
	not change.change.after.deletion_protection
	message := sprintf("%s has no deletion_protection", [change.address])
}

deny contains message if {
	some change in input.resource_changes
	change.type == "esu_tariff_plan"
	is_kept(change)
	some service, row in change.change.after.services
	before := change.change.before.services[service]
	before.period == row.period
	before.price > 0
	row.price > before.price * (1 + max_rise)
	message := sprintf("%s: the price of %s would rise from %v to %v", [change.address, service, before.price, row.price])
}

# A service that had no row was free.
warn contains message if {
	some change in input.resource_changes
	change.type == "esu_tariff_plan"
	"update" in change.change.actions
	some service, row in change.change.after.services
	not change.change.before.services[service]
	row.price > 0
	message := sprintf("%s: %s was free and would cost %v", [change.address, service, row.price])
}

is_kept(change) if {
	some action in change.change.actions
	action in {"create", "update", "no-op"}
}
