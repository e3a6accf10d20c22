"""The nouns every stage shares."""
