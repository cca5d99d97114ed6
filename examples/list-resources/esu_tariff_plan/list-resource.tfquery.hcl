list "esu_tariff_plan" "demo" {
  provider         = esu
  include_resource = true

  config {
    partner = "demo"
  }
}
