"""Side-by-side timings and accuracy against peers, each peer in its own environment."""
