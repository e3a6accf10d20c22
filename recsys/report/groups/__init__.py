"""The page of the segment stage: who the customers are, in cards, pictures and tables."""
