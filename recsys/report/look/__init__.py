"""A log before any recommender: what an analyst looks at, as a page."""
