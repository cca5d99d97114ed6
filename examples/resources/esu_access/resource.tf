resource "esu_user" "ada" {
  login  = "ada@demo.example.org"
  domain = "demo.example.org"
  name   = "Ada Lovelace"
}

resource "esu_user" "bob" {
  login  = "bob@demo.example.org"
  domain = "demo.example.org"
  name   = "Bob"
}

# Ada administers a client: all its projects, and who else has access.
resource "esu_access" "ada" {
  user    = esu_user.ada.login
  role    = "client_admin"
  client  = "acme"
  partner = "demo"
}

# Bob enters one project, and sees nothing of the others.
resource "esu_access" "bob" {
  user     = esu_user.bob.login
  role     = "client_user"
  client   = "acme"
  partner  = "demo"
  projects = ["default"]
}
