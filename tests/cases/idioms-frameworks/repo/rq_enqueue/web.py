from flask import Flask
from redis import Redis
from rq import Queue
from jobs import summarise
app = Flask(__name__)
q = Queue(connection=Redis())
@app.route("/")
def x():
    q.enqueue(summarise, "x")
