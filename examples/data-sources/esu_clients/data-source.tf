# Every client of a partner whose name holds a text.
data "esu_clients" "llc" {
  partner = "demo"
  q       = "LLC"
}

output "owing" {
  value = [for client in data.esu_clients.llc.clients : client.code if client.contract.balance < 0]
}
