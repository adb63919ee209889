"""Articles → pairs worth comparing → verdicts → stories."""
