# By partner, client and reference, by client and reference within the provider's partner, or by the payment's number.
terraform import esu_balance_correction.bonus demo/acme/2022/17
terraform import esu_balance_correction.bonus acme/2022/17
terraform import esu_balance_correction.bonus 1
