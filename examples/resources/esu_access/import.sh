# An access object has no code: by id.
terraform import esu_access.ada 16fd2706-8baf-433b-82eb-8c7fada847da
