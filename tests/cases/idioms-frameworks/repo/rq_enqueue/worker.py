from redis import Redis
from rq import Queue, Worker
from jobs import summarise
if __name__ == "__main__":
    Worker(["default"], connection=Redis()).work()
