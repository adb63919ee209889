"""Files a scraper delivered → records, and a quarantine row for everything else."""
