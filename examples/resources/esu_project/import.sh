# By partner, client and code, by client and code within the provider's partner, or by id.
terraform import esu_project.web demo/acme/web
terraform import esu_project.web acme/web
terraform import esu_project.web 16fd2706-8baf-433b-82eb-8c7fada847da
