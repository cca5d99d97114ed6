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
  description = "Where libvirt listens, or the ESXi host."
  type        = string
}

variable "hypervisor_type" {
  description = "kvm or vmware."
  type        = string
  default     = "kvm"
}

variable "hypervisor_username" {
  description = "The account on an ESXi host."
  type        = string
  default     = null
}

variable "hypervisor_password" {
  description = "Its password, which is in no plan and no state."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "hypervisor_thumbprint" {
  description = "The SHA-256 of the certificate that an ESXi host signed itself."
  type        = string
  default     = null
}

resource "esu_hypervisor" "host" {
  code = "${var.hypervisor_type}-1"
  name = "Host 1"
  type = var.hypervisor_type
  uri  = var.hypervisor_uri

  username               = var.hypervisor_username
  password               = var.hypervisor_password
  password_version       = 1
  certificate_thumbprint = var.hypervisor_thumbprint

  # Disks are priced by the pool or the datastore that they lie in.
  disk_types = {
    images       = "ssd"
    default-pool = "ssd"
    LocalDS_0    = "ssd"
  }

  # The tour moves the clock by more than a day at once: that is no silence of the hypervisor.
  poll_interval = "1s"
  hold          = "3d"
}

resource "esu_partner" "acme" {
  code        = "acme"
  name        = "Acme Cloud"
  hypervisors = [esu_hypervisor.host.code]
  time_zone   = "Europe/Moscow"
}

resource "esu_tariff_plan" "standard" {
  code    = "standard"
  partner = esu_partner.acme.code
  name    = "Standard"

  # Rubles for a piece or a GB, for each civil day that has begun.
  services = {
    kvm_cpu              = { price = 6, period = "day", calendar = true }
    kvm_ram              = { price = 5, period = "day", calendar = true }
    kvm_hdd_ultrafast    = { price = 3, period = "day", calendar = true }
    vmware_cpu           = { price = 6, period = "day", calendar = true }
    vmware_ram           = { price = 5, period = "day", calendar = true }
    vmware_hdd_ultrafast = { price = 3, period = "day", calendar = true }
    iso                  = { price = 10, period = "day", calendar = true }
    vdc                  = { price = 0, period = "day", calendar = true }
    public_ip            = { price = 1, period = "day", calendar = true }
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
