list "esu_partner" "all" {
  provider = esu
}
