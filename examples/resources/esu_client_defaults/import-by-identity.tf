import {
  to = esu_client_defaults.demo
  identity = {
    partner = "demo"
  }
}
