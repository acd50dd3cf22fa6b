import a


def pick(n):
    return a.pick(n)
