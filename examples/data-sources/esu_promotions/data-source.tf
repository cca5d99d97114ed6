# Those that give their price on the first of June, the last to start first.
data "esu_promotions" "june" {
  partner = "demo"
  on      = "2022-06-01"
}

output "promotions" {
  value = { for one in data.esu_promotions.june.promotions : one.code => one.price_per_day }
}
