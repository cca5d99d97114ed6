import {
  to = esu_domain.cloud
  identity = {
    name = "cloud.demo.example.org"
  }
}
