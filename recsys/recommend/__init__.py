"""Known -> Fitted -> TopK; one algorithm per file."""
