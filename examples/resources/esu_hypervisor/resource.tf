# A libvirt host. Disks in the pool "default" are billed as SAS, those in "fast" as SSD. The traffic of interfaces on the
# bridge "br-ext" is billed too.
resource "esu_hypervisor" "kvm1" {
  code = "kvm1"
  name = "KVM, rack 1"
  type = "kvm"
  uri  = "qemu+tcp://kvm1.example.org:16509/system"

  disk_types = {
    default = "sas"
    fast    = "ssd"
  }

  external_networks = ["br-ext"]

  cpu_per_vm    = 32
  ram_gb_per_vm = 256
  poll_interval = "30s"
  hold          = "15m"
}

variable "esx_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# An ESXi host. The password is sent, and kept neither in the plan nor in the state; a new password_version has it
# sent again.
resource "esu_hypervisor" "esx1" {
  code = "esx1"
  name = "ESXi, rack 2"
  type = "vmware"
  uri  = "https://esx1.example.org/sdk"

  username         = "esu"
  password         = var.esx_password
  password_version = 1

  disk_types = {
    datastore1 = "sata"
  }
}
