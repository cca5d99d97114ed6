list "esu_domain" "demo" {
  provider         = esu
  include_resource = true

  config {
    partner = "demo"
  }
}
