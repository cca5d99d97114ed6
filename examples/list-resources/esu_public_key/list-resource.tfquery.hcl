list "esu_public_key" "of_ada" {
  provider         = esu
  include_resource = true

  config {
    user = "ada@demo.example.org"
  }
}
