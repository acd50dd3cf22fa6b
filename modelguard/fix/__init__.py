"""What changes the user's files: only where asked, and nothing but what is said."""
