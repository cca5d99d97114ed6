# A customer, with the contract and the project that come with it.
resource "esu_client" "acme" {
  code        = "acme"
  partner     = "demo"
  name        = "Acme LLC"
  tariff_plan = "basic"

  internet_mbps = 100
  lan_mbps      = 1000

  payment_methods = ["bank_transfer"]
  payment_model   = "postpay"
  min_balance     = -10000

  deletion_protection = true

  timeouts = {
    create = "5m"
  }
}

output "acme_project" {
  description = "Machines with this project's owner tag are billed to the client."
  value       = esu_client.acme.default_project_id
}
