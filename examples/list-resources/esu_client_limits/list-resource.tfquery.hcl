list "esu_client_limits" "demo" {
  provider         = esu
  include_resource = true

  config {
    partner = "demo"
  }
}
