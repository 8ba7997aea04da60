"""RQ: tasks that do nothing. `python rq_noop.py COUNT` enqueues them."""

import os
import sys


def noop(payload):
    pass


if __name__ == "__main__":
    from redis import Redis
    from rq import Queue

    from rq_noop import noop as imported

    queue = Queue(connection=Redis.from_url(os.environ["BROKER"]))
    for n in range(int(sys.argv[1])):
        queue.enqueue(imported, {"user_id": n}, result_ttl=0)
