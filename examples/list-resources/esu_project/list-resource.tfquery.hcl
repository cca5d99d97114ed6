list "esu_project" "acme" {
  provider         = esu
  include_resource = true

  config {
    client  = "acme"
    partner = "demo"
  }
}
