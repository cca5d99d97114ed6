variable "user_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# To do something as a user who has a password and no token.
ephemeral "esu_login_session" "ada" {
  login    = "ada@demo.example.org"
  password = var.user_password
}

provider "esu" {
  alias = "ada"
  token = ephemeral.esu_login_session.ada.token
}
