# The contract of a client: by the client's code, or by the contract's id.
data "esu_contract" "acme" {
  client  = "acme"
  partner = "demo"
}

output "acme_booked_to" {
  value = data.esu_contract.acme.booked_to
}
