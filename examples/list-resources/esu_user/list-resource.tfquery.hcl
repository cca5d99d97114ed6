list "esu_user" "demo" {
  provider         = esu
  include_resource = true

  config {
    domain = "cloud.demo.example.org"
  }
}
