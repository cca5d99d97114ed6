# By partner and code, by code alone within the provider's partner, or by id.
terraform import esu_promotion.summer demo/summer
terraform import esu_promotion.summer summer
terraform import esu_promotion.summer 7c9e6679-7425-40de-944b-e07fc1f90ae7
