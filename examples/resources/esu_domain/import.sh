# By name or by id.
terraform import esu_domain.cloud cloud.demo.example.org
terraform import esu_domain.cloud 16fd2706-8baf-433b-82eb-8c7fada847da
