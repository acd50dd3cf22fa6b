from clients import mistral

print(type(mistral))
