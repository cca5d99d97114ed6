# 5 October, 1 November and 1 December.
output "charged" {
  value = provider::esu::charge_dates("2021-10-05T12:00:00+03:00", "month", true, "Europe/Moscow", 3)
}
