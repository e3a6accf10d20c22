"""Parts of one shop's own, which recsys finds by their entry points."""
