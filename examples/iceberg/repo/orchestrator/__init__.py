"""What training and inference share: the project's settings and the way to a model."""
