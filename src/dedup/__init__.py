"""Data quality and deduplication for scraped Thai news."""
