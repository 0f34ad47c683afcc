"""python -m pipeline: the same as the command."""

from pipeline.cli import main

main()
