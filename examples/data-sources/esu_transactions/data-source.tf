# What the ledger says of a client's March; what a transaction's sides hold adds up to 0.
data "esu_transactions" "march" {
  client = "acme"
  from   = "2022-03-01"
  to     = "2022-03-31"
}

output "march_by_kind" {
  value = {
    for transaction in data.esu_transactions.march.transactions : transaction.kind => transaction.amount...
  }
}
