# As a rule the table is a file: provider::esu::clients_from_csv(file("clients.csv"))
locals {
  clients = provider::esu::clients_from_csv(<<-CSV
    code;name;internet_mbps;payment_methods
    acme;"Acme LLC; head office";100;bank_transfer|yandex_kassa
    beta;Beta;;
  CSV
  )
}

# { acme = "Acme LLC; head office", beta = "Beta" }
output "names" {
  value = { for code, client in local.clients : code => client.name }
}
