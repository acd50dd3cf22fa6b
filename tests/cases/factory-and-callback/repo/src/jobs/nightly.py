from jobs.celery import queue
from review import review


@queue.task
def nightly(event):
    return review(event, model="gpt-4.1-mini")
