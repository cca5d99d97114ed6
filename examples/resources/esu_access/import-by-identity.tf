import {
  to = esu_access.ada
  identity = {
    id = "16fd2706-8baf-433b-82eb-8c7fada847da"
  }
}
