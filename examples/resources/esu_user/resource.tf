variable "user_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# Somebody who may do nothing yet. Without a password, one is generated where
# it is needed: POST /v1/user/ada@demo.example.org/reset_password.
resource "esu_user" "ada" {
  login  = "ada@demo.example.org"
  domain = "demo.example.org"
  name   = "Ada Lovelace"
  phone  = "+79001234567"

  # Notes that fall due are not for her; everything else is told by mail.
  notify = {
    note = false
  }
}

# A program, with a password that is set again when its version changes.
resource "esu_user" "robot" {
  login  = "robot"
  domain = "demo.example.org"
  name   = "Deployments"

  password         = var.user_password
  password_version = 1
}
