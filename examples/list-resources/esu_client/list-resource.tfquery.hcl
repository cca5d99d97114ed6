# terraform query: every client of a partner that is in no state yet can be imported from here.
list "esu_client" "demo" {
  provider         = esu
  include_resource = true

  config {
    partner = "demo"
  }
}
