import {
  to = esu_tariff_plan.basic
  identity = {
    code    = "basic"
    partner = "demo"
  }
}
