variable "inn" {
  description = "Taxpayer number of the organisation."
  type        = string
  default     = "7707083893"

  validation {
    condition     = provider::esu::inn_valid(var.inn)
    error_message = "This is not a taxpayer number: it takes 10 or 12 digits, the check digits included."
  }
}

output "inn" {
  value = var.inn
}
