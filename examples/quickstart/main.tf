# A small partner: one hypervisor, one price list, two clients. Each client's contract and first project come by
# themselves.

terraform {
  required_version = ">= 1.11"

  required_providers {
    esu = {
      source  = "esu/esu"
      version = "~> 0.1"
    }
  }
}

# The endpoint and the token come from ESU_ENDPOINT and ESU_TOKEN.
provider "esu" {}

variable "hypervisor_uri" {
  description = "Where libvirt listens."
  type        = string
}

resource "esu_hypervisor" "kvm" {
  code = "kvm-1"
  name = "KVM 1"
  type = "kvm"
  uri  = var.hypervisor_uri

  # Disks are priced by the pool they lie in.
  disk_types = {
    images       = "ssd"
    default-pool = "ssd"
  }

  # The tour moves the clock by more than a day at once: that is no silence of the hypervisor.
  poll_interval = "1s"
  hold          = "3d"
}

resource "esu_partner" "acme" {
  code        = "acme"
  name        = "Acme Cloud"
  hypervisors = [esu_hypervisor.kvm.code]
  time_zone   = "Europe/Moscow"
}

resource "esu_tariff_plan" "standard" {
  code    = "standard"
  partner = esu_partner.acme.code
  name    = "Standard"

  # Rubles for a piece or a GB, for each civil day that has begun.
  services = {
    kvm_cpu           = { price = 6, period = "day", calendar = true }
    kvm_ram           = { price = 5, period = "day", calendar = true }
    kvm_hdd_ultrafast = { price = 3, period = "day", calendar = true }
    iso               = { price = 10, period = "day", calendar = true }
    vdc               = { price = 0, period = "day", calendar = true }
    public_ip         = { price = 1, period = "day", calendar = true }
  }
}

resource "esu_client" "first" {
  code          = "first-client"
  partner       = esu_partner.acme.code
  name          = "First Client LLC"
  tariff_plan   = esu_tariff_plan.standard.code
  internet_mbps = 1000
  payment_model = "postpay"
}

resource "esu_client" "second" {
  code            = "second-client"
  partner         = esu_partner.acme.code
  name            = "Second Client"
  tariff_plan     = esu_tariff_plan.standard.code
  payment_methods = ["bank_transfer"]
  payment_model   = "postpay"
}

output "contracts" {
  description = "The contracts that came with the clients."
  value = {
    first  = esu_client.first.contract_id
    second = esu_client.second.contract_id
  }
}
