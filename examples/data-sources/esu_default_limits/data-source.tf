data "esu_default_limits" "demo" {
  partner = "demo"
}

output "limits_of_new_clients" {
  value = data.esu_default_limits.demo.limits
}
