# A public key has no code: by id.
terraform import esu_public_key.laptop 16fd2706-8baf-433b-82eb-8c7fada847da
