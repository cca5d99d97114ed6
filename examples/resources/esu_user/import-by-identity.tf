import {
  to = esu_user.ada
  identity = {
    login = "ada@demo.example.org"
  }
}
