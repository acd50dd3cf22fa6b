import tornado.web
from openai import OpenAI
class Main(tornado.web.RequestHandler):
    def get(self):
        OpenAI().chat.completions.create(model="gpt-4o", messages=[])
app = tornado.web.Application([(r"/", Main)])
app.listen(8000)
