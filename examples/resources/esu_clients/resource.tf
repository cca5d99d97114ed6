# Thousands of clients of one partner: one instance for Terraform, and one request for all of them.
# As a rule the table is a file: provider::esu::clients_from_csv(file("clients.csv"))
resource "esu_clients" "demo" {
  partner = "demo"

  clients = {
    acme = {
      name            = "Acme LLC"
      tariff_plan     = "basic"
      internet_mbps   = 100
      payment_methods = ["bank_transfer"]
    }
    beta = {
      name        = "Beta"
      tariff_plan = "basic"
    }
  }
}

output "contracts" {
  value = { for code, client in esu_clients.demo.clients : code => client.contract_id }
}
