"""`python -m ligne.site.cli`, for when the `ligne` command is not on the path."""

from ligne.site.cli import main

main()
