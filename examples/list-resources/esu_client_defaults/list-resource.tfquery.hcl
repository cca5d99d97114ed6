list "esu_client_defaults" "demo" {
  provider         = esu
  include_resource = true

  config {
    partner = "demo"
  }
}
