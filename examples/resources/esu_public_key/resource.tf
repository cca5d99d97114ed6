# The key with which a user opens machines. Its name may change; another key is another resource.
resource "esu_public_key" "laptop" {
  user       = "ada@demo.example.org"
  name       = "Laptop"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAElkj5CjQFzRjBgMdTgX1qEV4CmbtEdkhRaovZv2QrR ada@laptop"
}
