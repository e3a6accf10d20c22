"""One section of the report per file: run and board in, document out."""
