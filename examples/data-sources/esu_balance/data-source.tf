data "esu_balance" "acme" {
  client  = "acme"
  partner = "demo"
}

# Negative is owed.
output "balance" {
  value = data.esu_balance.acme.balance
}
