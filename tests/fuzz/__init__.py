"""Fuzzing of everything that touches scraped bytes: at random in `test_fuzz.py`, guided by coverage as a command."""
