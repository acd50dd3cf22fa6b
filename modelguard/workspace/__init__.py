"""Stage 1: a tree to read, the working directory, the git index or any ref, without a checkout."""
