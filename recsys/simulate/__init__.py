"""A shop whose truth is known: a log in the Online Retail schema and what stood behind it."""
