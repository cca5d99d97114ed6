import {
  to = esu_client.acme
  identity = {
    code    = "acme"
    partner = "demo"
  }
}
