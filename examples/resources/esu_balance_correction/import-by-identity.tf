import {
  to = esu_balance_correction.bonus
  identity = {
    client    = "acme"
    partner   = "demo"
    reference = "2022/17"
  }
}
