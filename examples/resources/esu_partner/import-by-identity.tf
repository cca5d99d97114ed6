import {
  to = esu_partner.demo
  identity = {
    code = "demo"
  }
}
