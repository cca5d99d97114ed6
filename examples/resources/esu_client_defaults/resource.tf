# What a client begins with that registers itself. Clients that you create here take nothing from it.
resource "esu_client_defaults" "demo" {
  partner     = "demo"
  balance     = 500
  tariff_plan = "basic"

  # Without internet_mbps, internet access is off.
  internet_mbps = 100
  lan_mbps      = 1000

  payment_methods = ["yandex_kassa"]
  payment_model   = "prepay"
}
