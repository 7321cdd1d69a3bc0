"""The measures of the centre, each taken on a centre started for it. `make bench` prints them."""
