"""What was published, for people: report, review pages, the life of a record."""
