"""Records → articles: repaired, without page furniture, dated, screened."""
