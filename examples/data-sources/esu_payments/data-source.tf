# What came in from a client in March, by Moscow's clocks.
data "esu_payments" "march" {
  client = "acme"
  from   = "2022-03-01T00:00:00+03:00"
  to     = "2022-04-01T00:00:00+03:00"
}

output "paid" {
  value = sum(concat([0], [
    for payment in data.esu_payments.march.payments : payment.amount if payment.method != "correction"
  ]))
}
