"""Celery: tasks that do nothing. `python celery_noop.py COUNT` enqueues them."""

import os
import sys

from celery import Celery
from celery.signals import worker_process_shutdown
from redis import Redis

app = Celery("celery_noop", broker=os.environ["BROKER"])
app.conf.update(
    task_ignore_result=True,
    # So that the queue and the set of unacknowledged tasks are empty when all are done.
    task_acks_late=True,
    broker_connection_retry_on_startup=True,
)


# How many tasks this process has run.
done = 0


@app.task
def noop(payload):
    global done
    done += 1


@worker_process_shutdown.connect
def report(**_):
    Redis.from_url(os.environ["BROKER"]).incrby("done", done)


if __name__ == "__main__":
    with app.producer_pool.acquire() as producer:
        for n in range(int(sys.argv[1])):
            noop.apply_async(({"user_id": n},), producer=producer)
