from celery import Celery

celery_app = Celery("jobs")
import jobs.tasks
