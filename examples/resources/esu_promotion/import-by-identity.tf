import {
  to = esu_promotion.summer
  identity = {
    code    = "summer"
    partner = "demo"
  }
}
