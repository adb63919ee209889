"""The commands of `dedup`, by what a person wants: to run, to keep a home, to look, to score."""
