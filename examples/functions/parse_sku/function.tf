# { family = "IS", platform = "KVM", resource = "VCPU", grade = "SL6", quantity = "CR", basis = "P", unit = "PC", period = "D" }
output "parts" {
  value = provider::esu::parse_sku("IS-KVM-VCPU-SL6-CR-P-PC-D")
}
