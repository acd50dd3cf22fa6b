"""What modelguard knows before it looks at a repository: model names, LLM client libraries, library functions."""
