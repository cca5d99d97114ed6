list "esu_note" "acme" {
  provider         = esu
  include_resource = true

  config {
    client  = "acme"
    partner = "demo"
  }
}
