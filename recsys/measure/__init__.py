"""Ranked lists beside later purchases -> one score per customer, and means of them."""
