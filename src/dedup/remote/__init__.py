"""A home, and what scrapers deliver, on object storage: fetched before a run, pushed after it."""
