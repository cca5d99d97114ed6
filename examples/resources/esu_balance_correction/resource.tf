# 500 rubles to the good, once: the reference stands for the correction for ever.
resource "esu_balance_correction" "bonus" {
  client    = "acme"
  partner   = "demo"
  reference = "2022/17"
  amount    = 500
  reason    = "Compensation for the outage of 3 March, letter 17"
}
