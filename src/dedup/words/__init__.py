"""Texts → words → shingles → signatures. The only place that knows PyThaiNLP and datasketch."""
