list "esu_access" "demo" {
  provider         = esu
  include_resource = true

  config {
    partner = "demo"
  }
}
