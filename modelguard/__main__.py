"""`python -m modelguard`: the same as the `modelguard` command."""

from modelguard.cli import main

if __name__ == "__main__":
    main()
