# terraform apply -invoke=action.esu_resend_invitation.administrator
data "esu_accesses" "administrators" {
  client  = "acme"
  partner = "demo"
  role    = "client_admin"
}

action "esu_resend_invitation" "administrator" {
  config {
    access = data.esu_accesses.administrators.accesses[0].id
  }
}
