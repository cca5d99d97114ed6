# Prices in rubles for one unit and one period. A service without a row costs nothing.
resource "esu_tariff_plan" "basic" {
  code    = "basic"
  partner = "demo"
  name    = "Basic"

  services = {
    kvm_cpu = { price = 0.4861111, period = "hour", while = "running" }
    kvm_ram = { price = 0.25, period = "hour" }

    kvm_hdd_fast      = { price = 5.5, period = "month" }
    kvm_hdd_ultrafast = { price = 12, period = "month" }

    # Charged on the first of every month.
    public_ip = { price = 150, period = "month", calendar = true }
  }
}
