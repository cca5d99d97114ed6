# By partner and client, by client alone within the provider's partner, or by the client's id.
terraform import esu_client_limits.acme demo/acme
terraform import esu_client_limits.acme acme
terraform import esu_client_limits.acme 16fd2706-8baf-433b-82eb-8c7fada847da
