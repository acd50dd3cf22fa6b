from chat import Chat
from settings import Settings

Chat(Settings("conf/app.yaml")).ask("hello")
