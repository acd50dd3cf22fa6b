import lib

print("hello")
