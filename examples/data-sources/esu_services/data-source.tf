data "esu_services" "all" {}

# The ids of what is counted in GB.
output "by_the_gigabyte" {
  value = [for service in data.esu_services.all.services : service.id if service.measure == "gb"]
}
