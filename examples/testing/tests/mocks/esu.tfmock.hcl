# What the provider and the server would choose: a mock makes it 0 or empty otherwise.
mock_resource "esu_client" {
  defaults = {
    id                 = "16fd2706-8baf-433b-82eb-8c7fada847da"
    contract_id        = "0c9a5b5e-6a1f-4a38-9d6a-3f4b8f0e2d71"
    default_project_id = "5d1e7f1b-2f7c-4b53-8a0e-9b6f6f1d3c20"
    lan_mbps           = 1000
    payment_model      = "prepay"
  }
}
