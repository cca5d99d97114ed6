# A machine of 1 vCPU, 1 GB of RAM and a system disk of 10 GB on SSD that is created or reconfigured in June costs
# 3 rubles a day, for as long as none of the four is changed. It is given a hundred times at most.
resource "esu_promotion" "summer" {
  code    = "summer"
  partner = "demo"
  name    = "Summer"

  starts_on     = "2022-06-01"
  ends_on       = "2022-06-30"
  price_per_day = 3
  max_count     = 100

  platform  = "kvm"
  vcpu      = 1
  ram_gb    = 1
  hdd_gb    = 10
  disk_type = "ssd"

  note = "For clients who move in before autumn."
}
