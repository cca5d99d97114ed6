# A module that a team writes for itself: a client with its protection, and what is told of it.

terraform {
  required_version = ">= 1.11"

  required_providers {
    esu = {
      source  = "esu/esu"
      version = "~> 0.1"
    }
  }
}

variable "partner" {
  description = "Code of the partner."
  type        = string
}

variable "clients" {
  description = "Clients by code."
  type = map(object({
    name = string
    plan = string
    mbps = optional(number)
  }))
}

resource "esu_client" "all" {
  for_each = var.clients

  code                = each.key
  partner             = var.partner
  name                = each.value.name
  tariff_plan         = each.value.plan
  internet_mbps       = each.value.mbps
  deletion_protection = true
}

output "contracts" {
  description = "Id of each client's contract, by code."
  value       = { for code, client in esu_client.all : code => client.contract_id }
}
