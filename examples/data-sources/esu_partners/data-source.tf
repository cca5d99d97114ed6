data "esu_partners" "all" {}

output "resellers" {
  value = [for partner in data.esu_partners.all.partners : partner.code if partner.model == "reseller"]
}
