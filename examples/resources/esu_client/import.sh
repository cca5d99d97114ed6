# By partner and code, by code alone within the provider's partner, or by id.
terraform import esu_client.acme demo/acme
terraform import esu_client.acme acme
terraform import esu_client.acme 16fd2706-8baf-433b-82eb-8c7fada847da
