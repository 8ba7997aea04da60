# [handlers."score:*"]
# pipe = ["python3", "score.py"]
import json
import sys

out = sys.stdout
sys.stdout = sys.stderr  # whatever is printed goes to the log, and not among the messages


def say(message, **more):
    out.write(json.dumps({"message": message, **more}) + "\n")
    out.flush()


def score(task):
    if task["payload_encoding"] != "json":
        raise ValueError("the payload is not JSON")
    return {"words": len(task["payload"]["text"].split())}


for line in sys.stdin:
    message = json.loads(line)
    if message["message"] == "hello":
        say("ready", version=1)
    elif message["message"] == "task":
        attempt = message["attempt_id"]
        try:
            say("done", attempt_id=attempt, result=score(message))
        except (KeyError, TypeError, ValueError) as error:
            # The payload is wrong, and a retry would not change it.
            say("fail", attempt_id=attempt, error=repr(error), then="skip")
        except Exception as error:
            say("fail", attempt_id=attempt, error=repr(error))
