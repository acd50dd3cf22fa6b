from a import pick
from client import ask

ask(pick(3), "hello")
