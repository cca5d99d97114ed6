import {
  to = esu_default_limits.demo
  identity = {
    partner = "demo"
  }
}
