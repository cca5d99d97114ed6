# With what a user opens machines.
data "esu_public_keys" "of_ada" {
  user = "ada@demo.example.org"
}

output "fingerprints" {
  value = [for key in data.esu_public_keys.of_ada.public_keys : "${key.name}: ${key.fingerprint}"]
}
