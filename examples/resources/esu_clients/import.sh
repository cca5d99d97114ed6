# The partner, and the codes of the clients to look after; with the provider's partner, the codes alone.
terraform import esu_clients.demo demo:acme,beta
terraform import esu_clients.demo acme,beta
