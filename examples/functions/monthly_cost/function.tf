output "per_month" {
  value = provider::esu::monthly_cost(
    {
      kvm_cpu           = { price = 6, period = "day", calendar = true }
      kvm_ram           = { price = 0.5, period = "hour" }
      kvm_hdd_ultrafast = { price = 3, period = "month" }
    },
    { kvm_cpu = 2, kvm_ram = 4, kvm_hdd_ultrafast = 10 },
  )
}
