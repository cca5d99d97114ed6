# One client, found by its code in the provider's partner, or by id.
data "esu_client" "acme" {
  code    = "acme"
  partner = "demo"
}

# What is booked so far; negative is owed.
output "acme_balance" {
  value = data.esu_client.acme.contract.balance
}
