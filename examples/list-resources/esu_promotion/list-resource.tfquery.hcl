list "esu_promotion" "demo" {
  provider         = esu
  include_resource = true

  config {
    partner = "demo"
  }
}
