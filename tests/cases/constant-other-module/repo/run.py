import constants
from client import ask

ask(constants.CHAT_MODEL, "hello")
