"""What was published, measured against labelled articles and against what persons said."""
