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

# The year by service: one row for each month and object, one total for each service.
data "esu_consumption" "by_service" {
  client   = "acme"
  partner  = "demo"
  from     = "2021-01-01"
  to       = "2021-12-31"
  detail   = "month"
  group_by = "service"
}

output "year_by_service" {
  value = { for group in data.esu_consumption.by_service.days : group.service => group.total }
}
