import {
  to = esu_project.web
  identity = {
    code    = "web"
    client  = "acme"
    partner = "demo"
  }
}
