# By login or by id.
terraform import esu_user.ada ada@demo.example.org
terraform import esu_user.ada 16fd2706-8baf-433b-82eb-8c7fada847da
