"""What others would use for the same job, in an environment of its own."""
