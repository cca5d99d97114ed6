data "esu_promotion" "summer" {
  code    = "summer"
  partner = "demo"
}

# How many times the price can still be given.
output "left" {
  value = data.esu_promotion.summer.max_count - data.esu_promotion.summer.used
}
