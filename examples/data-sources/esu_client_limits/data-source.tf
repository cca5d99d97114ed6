# The client's own limits; esu_effective_limits tells what holds together with its partner's.
data "esu_client_limits" "acme" {
  client  = "acme"
  partner = "demo"
}

output "limits_of_acme" {
  value = data.esu_client_limits.acme.limits
}
