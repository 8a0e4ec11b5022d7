"""Plain arrays in, plain arrays out: what happens to every lead of a block of replications."""
