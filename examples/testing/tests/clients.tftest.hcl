# terraform test: no server, no token.
mock_provider "esu" {
  source = "./tests/mocks"
}

variables {
  partner = "demo"
  clients = {
    acme = { name = "Acme LLC", plan = "basic", mbps = 100 }
  }
}

run "a_client_is_protected_and_has_a_contract" {
  assert {
    condition     = esu_client.all["acme"].deletion_protection
    error_message = "A client can be deleted by accident."
  }

  assert {
    condition     = output.contracts["acme"] == "0c9a5b5e-6a1f-4a38-9d6a-3f4b8f0e2d71"
    error_message = "The contract is not told."
  }
}

run "what_is_not_said_has_the_providers_defaults" {
  variables {
    clients = { acme = { name = "Acme LLC", plan = "basic" } }
  }

  assert {
    condition     = esu_client.all["acme"].lan_mbps == 1000 && esu_client.all["acme"].internet_mbps == null
    error_message = "The defaults are others."
  }
}
