import {
  to = esu_client_limits.acme
  identity = {
    client  = "acme"
    partner = "demo"
  }
}
