# A key has no code: the list finds it, its id reads it.
data "esu_public_keys" "laptop" {
  user = "ada@demo.example.org"
  q    = "laptop"
}

data "esu_public_key" "laptop" {
  id = data.esu_public_keys.laptop.public_keys[0].id
}

output "laptop" {
  value = data.esu_public_key.laptop.public_key
}
