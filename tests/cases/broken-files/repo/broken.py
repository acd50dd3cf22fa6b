def broken(:
    model = 'gpt-4o'
