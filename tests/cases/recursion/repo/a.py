import b


def pick(n):
    return b.pick(n - 1) if n else "gpt-4o"
