"""A pipe handler whose tasks do nothing."""

import json
import sys

for line in sys.stdin:
    message = json.loads(line)
    match message["message"]:
        case "hello":
            print('{"message":"ready","version":1,"concurrency":1000}', flush=True)
        case "task":
            answer = {"message": "done", "attempt_id": message["attempt_id"]}
            print(json.dumps(answer), flush=True)
