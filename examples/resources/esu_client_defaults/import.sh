# By partner, or by the partner's id.
terraform import esu_client_defaults.demo demo
terraform import esu_client_defaults.demo 16fd2706-8baf-433b-82eb-8c7fada847da
