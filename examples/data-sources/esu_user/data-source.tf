data "esu_user" "ada" {
  login = "ada@demo.example.org"
}

output "may_come_in" {
  value = data.esu_user.ada.active && !data.esu_user.ada.blocked
}
