"""`python -m recsys`."""

from recsys.cli import main

main(prog_name="recsys")
