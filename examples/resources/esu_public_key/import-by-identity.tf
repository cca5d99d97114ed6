import {
  to = esu_public_key.laptop
  identity = {
    id = "16fd2706-8baf-433b-82eb-8c7fada847da"
  }
}
