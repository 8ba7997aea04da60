# [groups."digest:*"]
# exec = ["python3", "digest.py"]
# type = "email:digest"
#
# Merges the tasks of a group into one task: they come as lines of JSON, and the payload of the merged task is printed.
import json
import os
import sys

lines = []
for line in sys.stdin:
    task = json.loads(line)
    if task["payload_encoding"] != "json":
        sys.exit(f"the payload of {task['id']} is not JSON")
    lines.append(task["payload"]["text"])

user = os.environ["QCTL_GROUP"].removeprefix("digest:")
json.dump({"user": user, "lines": lines}, sys.stdout)
