"""Stage 3: joins facts across files, backwards from each call that spends to the place a person would edit."""
