from celery import Celery

queue = Celery("jobs", include=["jobs.nightly"])
