list "esu_default_limits" "demo" {
  provider         = esu
  include_resource = true

  config {
    partner = "demo"
  }
}
