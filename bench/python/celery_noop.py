"""Celery: tasks that do nothing. `python celery_noop.py COUNT` enqueues them."""

import os
import sys

from celery import Celery

app = Celery("celery_noop", broker=os.environ["BROKER"])
app.conf.update(
    task_ignore_result=True,
    # So that the queue and the set of unacknowledged tasks are empty when all are done.
    task_acks_late=True,
    broker_connection_retry_on_startup=True,
)


@app.task
def noop(payload):
    pass


if __name__ == "__main__":
    with app.producer_pool.acquire() as producer:
        for n in range(int(sys.argv[1])):
            noop.apply_async(({"user_id": n},), producer=producer)
