data "esu_contracts" "demo" {
  partner = "demo"
}

# Contracts that billing left out, and why.
output "parked" {
  value = {
    for contract in data.esu_contracts.demo.contracts : contract.name => contract.parked_reason
    if contract.parked_reason != null
  }
}
