# Who is shut out, and who may do nothing.
data "esu_users" "all" {
  domain = "cloud.demo.example.org"
}

output "shut_out" {
  value = [for user in data.esu_users.all.users : user.login if user.blocked]
}

output "without_access" {
  value = [for user in data.esu_users.all.users : user.login if length(user.access) == 0]
}
