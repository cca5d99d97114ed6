data "esu_consumption" "november" {
  client  = "acme"
  partner = "demo"
  from    = "2021-11-01"
  to      = "2021-11-30"
}

# Charges are negative.
output "november_total" {
  value = data.esu_consumption.november.total
}

output "november_by_service" {
  value = {
    for row in flatten(data.esu_consumption.november.days[*].rows) : row.service => row.amount...
  }
}
