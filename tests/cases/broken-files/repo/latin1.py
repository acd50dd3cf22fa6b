# café
MODEL = 'gpt-4o'
