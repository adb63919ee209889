"""What persons say of records and pairs: heard, put to the articles they mean, and kept standing."""
